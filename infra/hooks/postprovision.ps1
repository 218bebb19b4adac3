# Runs after `azd provision` on Windows. It makes the same calls and prints the
# same text as postprovision.sh, which explains them. A test compares the two.
# Without PowerShell 7, azd uses Windows PowerShell 5: this works in both.
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false # Call checks the exit code of az

$api = 'c5393580-f805-4401-95e8-94b7a6ef2fc2'  # Office 365 Management APIs, the same in every tenant
$role = '594c1fb6-4f81-4475-ae41-0c394909246c' # its role ActivityFeed.Read

# Call runs az and returns its output. It throws if az fails or is missing.
function Call {
  $out = & az @args
  if ($LASTEXITCODE -ne 0) { throw "az $($args[0]) $($args[1]) failed" }
  if ($null -eq $out) { return '' }
  return "$out".Trim()
}

# ApiPrincipal returns the object id of the API in this tenant.
function ApiPrincipal {
  return Call ad sp list --filter "appId eq '$api'" --query '[0].id' --output tsv
}

# Granted returns the id of the role assignment, if it exists.
function Granted($graph, $resource) {
  return Call rest --method get --url "$graph/v1.0/servicePrincipals/$env:IDENTITY_PRINCIPAL_ID/appRoleAssignments" `
    --query "value[?appRoleId=='$role' && resourceId=='$resource'].id | [0]" --output tsv
}

# Assign grants the role. The body is in a file, because quoting differs between
# shells.
function Assign($graph, $resource) {
  $body = (New-TemporaryFile).FullName
  try {
    $json = @{ principalId = $env:IDENTITY_PRINCIPAL_ID; resourceId = $resource; appRoleId = $role } | ConvertTo-Json -Compress
    [IO.File]::WriteAllText($body, $json)
    $null = Call rest --method post --url "$graph/v1.0/servicePrincipals/$env:IDENTITY_PRINCIPAL_ID/appRoleAssignments" `
      --headers Content-Type=application/json --body "@$body" --output none
  } finally {
    Remove-Item $body
  }
}

# Grant does all steps. It throws if az is missing, not signed in, signed in to
# another tenant, or not allowed to grant the role.
function Grant {
  $tenant = Call account show --query tenantId --output tsv
  if ($tenant -ne $env:AZURE_TENANT_ID) {
    throw "az is signed in to tenant $tenant, but the app is in $env:AZURE_TENANT_ID"
  }
  $graph = (Call cloud show --query endpoints.microsoftGraphResourceId --output tsv).TrimEnd('/')
  $resource = ApiPrincipal
  if (-not $resource) { # the tenant has never used the API
    $resource = Call ad sp create --id $api --query id --output tsv
  }
  if (Granted $graph $resource) {
    Write-Output "The app may already read audit events."
    return
  }
  Assign $graph $resource
  Write-Output "The app may now read audit events. It can take some hours until the platform uses a new token with this right."
}

# AskAnAdministrator prints the commands, and who must run them.
function AskAnAdministrator {
  Write-Output @"

ONE STEP IS LEFT: the app may not read audit events yet.
A Privileged Role Administrator of tenant $env:AZURE_TENANT_ID must run this once,
for example in Azure Cloud Shell (Bash). Until then every pull fails with AF10001.

  graph=`$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv); graph=`${graph%/}
  api=`$(az ad sp list --filter "appId eq '$api'" --query "[0].id" --output tsv)
  api=`${api:-`$(az ad sp create --id $api --query id --output tsv)}
  az rest --method post --url "`$graph/v1.0/servicePrincipals/$env:IDENTITY_PRINCIPAL_ID/appRoleAssignments" \
    --headers Content-Type=application/json \
    --body '{"principalId":"$env:IDENTITY_PRINCIPAL_ID","resourceId":"'`$api'","appRoleId":"$role"}'

"@
}

if ($env:MANAGEMENT_API_CLIENT_ID) {
  Write-Output "Application $env:MANAGEMENT_API_CLIENT_ID reads the audit events. docs/deploy.md says which rights it needs."
} else {
  try { Grant } catch { Write-Output $_.Exception.Message; AskAnAdministrator }
}

Write-Output @"

The app is $env:FUNCTION_APP_URL. When it is deployed, ask how complete the trail is:

  `$KEY = az functionapp keys list --resource-group $env:AZURE_RESOURCE_GROUP --name $env:FUNCTION_APP_NAME --query functionKeys.default --output tsv
  curl.exe -H "x-functions-key: `$KEY" $env:FUNCTION_APP_URL/api/v1/status

Some minutes later, ask for the first events:

  curl.exe -H "x-functions-key: `$KEY" "$env:FUNCTION_APP_URL/api/v1/events?startDate=-7d"
"@
