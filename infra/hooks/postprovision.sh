#!/bin/sh
# Runs after `azd provision`. Gives the app's identity the right to read audit
# events, which Azure Resource Manager cannot give: the application role
# ActivityFeed.Read of the Office 365 Management APIs. Then says what is next.
#
# It can be run again at any time: azd hooks run postprovision. It looks before
# it changes anything. It ends well though the right could not be given, so
# that azd goes on and deploys the app, which says at /api/v1/status what it
# lacks; it prints what an administrator has to run instead. The environment
# is azd's: the outputs of infra/main.bicep.
#
# postprovision.ps1 is the same for Windows. A test holds the two together.
set -eu

api=c5393580-f805-4401-95e8-94b7a6ef2fc2  # Office 365 Management APIs, in every tenant
role=594c1fb6-4f81-4475-ae41-0c394909246c # its role ActivityFeed.Read

# api_principal prints the object id that the API has in this tenant.
api_principal() {
  az ad sp list --filter "appId eq '$api'" --query "[0].id" --output tsv
}

# granted prints the id of the assignment, if there is one already.
granted() {
  az rest --method get --url "$graph/v1.0/servicePrincipals/$IDENTITY_PRINCIPAL_ID/appRoleAssignments" \
    --query "value[?appRoleId=='$role' && resourceId=='$resource'].id | [0]" --output tsv
}

# assign gives the role. The body goes through a file: quotes on a command
# line are not the same in every shell.
assign() {
  body=$(mktemp)
  printf '{"principalId":"%s","resourceId":"%s","appRoleId":"%s"}' "$IDENTITY_PRINCIPAL_ID" "$resource" "$role" >"$body"
  status=0
  az rest --method post --url "$graph/v1.0/servicePrincipals/$IDENTITY_PRINCIPAL_ID/appRoleAssignments" \
    --headers Content-Type=application/json --body "@$body" --output none || status=$?
  rm -f "$body"
  return $status
}

# grant does it all. An az that is missing, not signed in, or signed in to
# another tenant, is as good as one that may not.
grant() {
  tenant=$(az account show --query tenantId --output tsv) || return 1
  if [ "$tenant" != "$AZURE_TENANT_ID" ]; then
    echo "az is signed in to tenant $tenant, the app is in $AZURE_TENANT_ID" >&2
    return 1
  fi
  graph=$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv) || return 1
  graph=${graph%/}
  resource=$(api_principal) || return 1
  if [ -z "$resource" ]; then # not every tenant has used the API before
    resource=$(az ad sp create --id "$api" --query id --output tsv) || return 1
  fi
  assignment=$(granted) || return 1
  if [ -n "$assignment" ]; then
    echo "The app's identity may read audit events already."
    return 0
  fi
  assign || return 1
  echo "The app's identity may read audit events now. It can take some hours until the platform's cached tokens show it."
}

# ask_an_administrator prints what to run by whom.
ask_an_administrator() {
  cat <<TEXT

ONE STEP IS LEFT: the app may not read audit events yet.
Somebody who is Privileged Role Administrator in tenant $AZURE_TENANT_ID has to run this once,
in Azure Cloud Shell (Bash) for example. Until then pull fails and says AF10001.

  graph=\$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv); graph=\${graph%/}
  api=\$(az ad sp list --filter "appId eq '$api'" --query "[0].id" --output tsv)
  api=\${api:-\$(az ad sp create --id $api --query id --output tsv)}
  az rest --method post --url "\$graph/v1.0/servicePrincipals/$IDENTITY_PRINCIPAL_ID/appRoleAssignments" \\
    --headers Content-Type=application/json \\
    --body '{"principalId":"$IDENTITY_PRINCIPAL_ID","resourceId":"'\$api'","appRoleId":"$role"}'

TEXT
}

if [ -n "${MANAGEMENT_API_CLIENT_ID:-}" ]; then
  echo "Application $MANAGEMENT_API_CLIENT_ID reads the audit events: infra/README.md says what it needs."
elif ! grant; then
  ask_an_administrator
fi

cat <<TEXT

The app is $FUNCTION_APP_URL; once it is deployed, ask it how the trail stands:

  KEY=\$(az functionapp keys list --resource-group $AZURE_RESOURCE_GROUP --name $FUNCTION_APP_NAME --query functionKeys.default --output tsv)
  curl -H "x-functions-key: \$KEY" $FUNCTION_APP_URL/api/v1/status

and for the first events, some minutes later:

  curl -H "x-functions-key: \$KEY" '$FUNCTION_APP_URL/api/v1/events?startDate=-7d'
TEXT
