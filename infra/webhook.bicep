// The secret of the webhook (WEBHOOK_AUTH_ID). Microsoft sends it with every
// notification. Nobody needs to know it, so nobody does: the deployment draws it
// and stores it in the vault once, and the app reads it through a Key Vault
// reference. The history of deployments does not keep a secure parameter, and
// neither azd nor the app settings hold the value.
//
// @onlyIfNotExists keeps the secret from changing with every deployment. A higher
// webhookAuthIdVersion gives it another name, so that a new one is created.
param vaultName string
param secretName string
param location string
param tags object

@secure()
param seed string

@description('Principal id of the identity of the app.')
param principalId string

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: vaultName
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    softDeleteRetentionInDays: 7 // the minimum: a lost secret is simply drawn again
  }
}

@onlyIfNotExists()
resource secret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: secretName
  properties: { value: seed, contentType: 'WEBHOOK_AUTH_ID' }
}

// Key Vault Secrets User: the app reads the secret. Nobody else has any right to
// it.
resource secretRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, principalId, 'secrets user')
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4633458b-17de-408a-b874-0445c86b69e6')
  }
}
