#!/bin/sh
# Runs after `azd provision`. It grants the identity of the app the right to read
# audit events: the application role ActivityFeed.Read of the Office 365
# Management APIs, which Azure Resource Manager cannot grant. Then it prints the
# next steps.
#
# You can run it again at any time: azd hooks run postprovision. It checks before
# it changes anything. If it cannot grant the role, it prints the commands that
# an administrator must run, and still exits with 0, so that azd deploys the app.
# The app then shows at /api/v1/status what is missing. The environment comes
# from azd: the outputs of infra/main.bicep.
#
# postprovision.ps1 does the same on Windows. A test compares the two.
set -eu

api=c5393580-f805-4401-95e8-94b7a6ef2fc2  # Office 365 Management APIs, the same in every tenant
role=594c1fb6-4f81-4475-ae41-0c394909246c # its role ActivityFeed.Read

# api_principal prints the object id of the API in this tenant.
api_principal() {
  az ad sp list --filter "appId eq '$api'" --query "[0].id" --output tsv
}

# granted prints the id of the role assignment, if it exists.
granted() {
  az rest --method get --url "$graph/v1.0/servicePrincipals/$IDENTITY_PRINCIPAL_ID/appRoleAssignments" \
    --query "value[?appRoleId=='$role' && resourceId=='$resource'].id | [0]" --output tsv
}

# assign grants the role. The body is in a file, because quoting differs between
# shells.
assign() {
  body=$(mktemp)
  printf '{"principalId":"%s","resourceId":"%s","appRoleId":"%s"}' "$IDENTITY_PRINCIPAL_ID" "$resource" "$role" >"$body"
  status=0
  az rest --method post --url "$graph/v1.0/servicePrincipals/$IDENTITY_PRINCIPAL_ID/appRoleAssignments" \
    --headers Content-Type=application/json --body "@$body" --output none || status=$?
  rm -f "$body"
  return $status
}

# grant does all steps. It fails if az is missing, not signed in, signed in to
# another tenant, or not allowed to grant the role.
grant() {
  tenant=$(az account show --query tenantId --output tsv) || return 1
  if [ "$tenant" != "$AZURE_TENANT_ID" ]; then
    echo "az is signed in to tenant $tenant, but the app is in $AZURE_TENANT_ID" >&2
    return 1
  fi
  graph=$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv) || return 1
  graph=${graph%/}
  resource=$(api_principal) || return 1
  if [ -z "$resource" ]; then # the tenant has never used the API
    resource=$(az ad sp create --id "$api" --query id --output tsv) || return 1
  fi
  assignment=$(granted) || return 1
  if [ -n "$assignment" ]; then
    echo "The app may already read audit events."
    return 0
  fi
  assign || return 1
  echo "The app may now read audit events. It can take some hours until the platform uses a new token with this right."
}

# ask_an_administrator prints the commands, and who must run them.
ask_an_administrator() {
  cat <<TEXT

ONE STEP IS LEFT: the app may not read audit events yet.
A Privileged Role Administrator of tenant $AZURE_TENANT_ID must run this once,
for example in Azure Cloud Shell (Bash). Until then every pull fails with AF10001.

  graph=\$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv); graph=\${graph%/}
  api=\$(az ad sp list --filter "appId eq '$api'" --query "[0].id" --output tsv)
  api=\${api:-\$(az ad sp create --id $api --query id --output tsv)}
  az rest --method post --url "\$graph/v1.0/servicePrincipals/$IDENTITY_PRINCIPAL_ID/appRoleAssignments" \\
    --headers Content-Type=application/json \\
    --body '{"principalId":"$IDENTITY_PRINCIPAL_ID","resourceId":"'\$api'","appRoleId":"$role"}'

TEXT
}

if [ -n "${MANAGEMENT_API_CLIENT_ID:-}" ]; then
  echo "Application $MANAGEMENT_API_CLIENT_ID reads the audit events. docs/deploy.md says which rights it needs."
elif ! grant; then
  ask_an_administrator
fi

cat <<TEXT

The app is $FUNCTION_APP_URL. When it is deployed, ask how complete the trail is:

  KEY=\$(az functionapp keys list --resource-group $AZURE_RESOURCE_GROUP --name $FUNCTION_APP_NAME --query functionKeys.default --output tsv)
  curl -H "x-functions-key: \$KEY" $FUNCTION_APP_URL/api/v1/status

Some minutes later, ask for the first events:

  curl -H "x-functions-key: \$KEY" '$FUNCTION_APP_URL/api/v1/events?startDate=-7d'
TEXT
