// Where the app's logs go. The handler logs nothing personal and no secret.
param suffix string
param location string
param tags object

@description('The app\'s identity.')
param principalId string

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-${suffix}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30 // what is included in the price
    features: { disableLocalAuth: true } // no workspace keys
  }
}

// DisableLocalAuth: logs are taken from identities alone, so the connection
// string, which is no secret then, says where to send them and no more.
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

// Monitoring Metrics Publisher: the Functions host sends its own logs and the
// handler's as this identity.
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
