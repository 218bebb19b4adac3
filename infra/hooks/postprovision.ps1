# Runs after `azd provision`, on Windows. It is postprovision.sh, call by call
# and word by word; the reasons are there. A test holds the two together. Where
# there is no PowerShell 7, azd takes Windows PowerShell 5: it is for both.
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false # az's exit code is looked at below

$api = 'c5393580-f805-4401-95e8-94b7a6ef2fc2'  # Office 365 Management APIs, in every tenant
$role = '594c1fb6-4f81-4475-ae41-0c394909246c' # its role ActivityFeed.Read

# Call runs az and returns what it prints; it throws if az fails or is not there.
function Call {
  $out = & az @args
  if ($LASTEXITCODE -ne 0) { throw "az $($args[0]) $($args[1]) failed" }
  if ($null -eq $out) { return '' }
  return "$out".Trim()
}

# ApiPrincipal is the object id that the API has in this tenant.
function ApiPrincipal {
  return Call ad sp list --filter "appId eq '$api'" --query '[0].id' --output tsv
}

# Granted is the id of the assignment, if there is one already.
function Granted($graph, $resource) {
  return Call rest --method get --url "$graph/v1.0/servicePrincipals/$env:IDENTITY_PRINCIPAL_ID/appRoleAssignments" `
    --query "value[?appRoleId=='$role' && resourceId=='$resource'].id | [0]" --output tsv
}

# Assign gives the role. The body goes through a file: quotes on a command
# line are not the same in every shell.
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

# Grant does it all. An az that is missing, not signed in, or signed in to
# another tenant, is as good as one that may not.
function Grant {
  $tenant = Call account show --query tenantId --output tsv
  if ($tenant -ne $env:AZURE_TENANT_ID) {
    throw "az is signed in to tenant $tenant, the app is in $env:AZURE_TENANT_ID"
  }
  $graph = (Call cloud show --query endpoints.microsoftGraphResourceId --output tsv).TrimEnd('/')
  $resource = ApiPrincipal
  if (-not $resource) { # not every tenant has used the API before
    $resource = Call ad sp create --id $api --query id --output tsv
  }
  if (Granted $graph $resource) {
    Write-Output "The app's identity may read audit events already."
    return
  }
  Assign $graph $resource
  Write-Output "The app's identity may read audit events now. It can take some hours until the platform's cached tokens show it."
}

# AskAnAdministrator prints what to run by whom.
function AskAnAdministrator {
  Write-Output @"

ONE STEP IS LEFT: the app may not read audit events yet.
Somebody who is Privileged Role Administrator in tenant $env:AZURE_TENANT_ID has to run this once,
in Azure Cloud Shell (Bash) for example. Until then pull fails and says AF10001.

  graph=`$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv); graph=`${graph%/}
  api=`$(az ad sp list --filter "appId eq '$api'" --query "[0].id" --output tsv)
  api=`${api:-`$(az ad sp create --id $api --query id --output tsv)}
  az rest --method post --url "`$graph/v1.0/servicePrincipals/$env:IDENTITY_PRINCIPAL_ID/appRoleAssignments" \
    --headers Content-Type=application/json \
    --body '{"principalId":"$env:IDENTITY_PRINCIPAL_ID","resourceId":"'`$api'","appRoleId":"$role"}'

"@
}

if ($env:MANAGEMENT_API_CLIENT_ID) {
  Write-Output "Application $env:MANAGEMENT_API_CLIENT_ID reads the audit events: infra/README.md says what it needs."
} else {
  try { Grant } catch { Write-Output $_.Exception.Message; AskAnAdministrator }
}

Write-Output @"

The app is $env:FUNCTION_APP_URL; once it is deployed, ask it how the trail stands:

  `$KEY = az functionapp keys list --resource-group $env:AZURE_RESOURCE_GROUP --name $env:FUNCTION_APP_NAME --query functionKeys.default --output tsv
  curl.exe -H "x-functions-key: `$KEY" $env:FUNCTION_APP_URL/api/v1/status

and for the first events, some minutes later:

  curl.exe -H "x-functions-key: `$KEY" "$env:FUNCTION_APP_URL/api/v1/events?startDate=-7d"
"@
