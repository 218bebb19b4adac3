// The logs of the app. The handler logs no personal data and no secret.
param suffix string
param location string
param tags object

@description('Principal id of the identity of the app.')
param principalId string

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-${suffix}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30 // included in the price. The App* tables keep 90 days, also free
    features: { disableLocalAuth: true } // no workspace keys
  }
}

// DisableLocalAuth: only identities may write logs. The connection string is then
// not a secret: it only says where to send them.
resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${suffix}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

// Monitoring Metrics Publisher: the Functions host sends its own logs and those
// of the handler as this identity.
resource insightsRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: insights
  name: guid(insights.id, principalId, 'metrics publisher')
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '3913510d-42f4-4e42-8a64-420c390055eb')
  }
}

output connection string = insights.properties.ConnectionString
output workspaceId string = workspace.id
