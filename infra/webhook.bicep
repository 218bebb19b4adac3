// The webhook's secret (WEBHOOK_AUTH_ID), which Microsoft sends with every
// notification. Nobody needs to know it, so nobody does: it is drawn while
// deploying, goes into the vault once, and from there into the app by a Key
// Vault reference. A secure parameter is not kept in the history of
// deployments, and neither azd nor the app settings hold the value.
//
// @onlyIfNotExists is what keeps it from changing with every deployment. A
// higher webhookAuthIdVersion is another name, so a secret that does not exist.
param vaultName string
param secretName string
param location string
param tags object

@secure()
param seed string

@description('The app\'s identity.')
param principalId string

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: vaultName
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    softDeleteRetentionInDays: 7 // the least: what is lost with it is drawn anew
  }
}

@onlyIfNotExists()
resource secret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: secretName
  properties: { value: seed, contentType: 'WEBHOOK_AUTH_ID' }
}

// Key Vault Secrets User: the app reads the secret. Nobody else is given any
// right to it.
resource secretRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, principalId, 'secrets user')
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4633458b-17de-408a-b874-0445c86b69e6')
  }
}
