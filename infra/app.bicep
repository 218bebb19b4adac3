// The function app. The package that azd deploys into it is what
// `go run ./infra/package` stages.
param name string
param planName string
param location string
param tags object
param instanceMemoryMB int
param identityId string
param identityClientId string

@description('Container in which the platform keeps the package.')
param packageUri string

@description('Addresses (blob, queue, table) of the Functions host\'s storage.')
param hostStorage object

@description('Addresses (blob, table) of the trail\'s storage.')
param dataStorage object

param insightsConnection string
param allowedIpRanges array
param webhook bool
param signInClientId string

@description('Settings of the README\'s table, by name: all but what is known here alone.')
param settings object

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true } // Linux
}

resource site 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'collector' }) // the service's name in azure.yaml
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    functionAppConfig: {
      runtime: { name: 'custom', version: '1.0' } // a custom handler: no language worker
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageUri
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      // The timer runs on one instance whatever this says; questions scale.
      scaleAndConcurrency: { instanceMemoryMB: instanceMemoryMB, maximumInstanceCount: 40 }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ipSecurityRestrictions: restrictions
      ipSecurityRestrictionsDefaultAction: empty(allowedIpRanges) ? 'Allow' : 'Deny'
    }
  }
}

// App Service knows restrictions of the whole app, not of a path. So where the
// callers of query are limited, the webhook's are let in by their service tag;
// that they could then call query, too, is what the function key is for. The
// deployment endpoint is not restricted: it takes Entra tokens alone, below.
var restrictions = empty(allowedIpRanges) ? [] : concat(callers, webhook ? [notifier] : [])
var callers = [for (cidr, i) in allowedIpRanges: { name: 'caller-${i}', priority: 200 + i, action: 'Allow', ipAddress: cidr }]
var notifier = { name: 'webhook', priority: 100, action: 'Allow', tag: 'ServiceTag', ipAddress: 'M365ManagementActivityApiWebhook' }

// Deployments by password are turned off. azd uses an Entra token.
resource noScmPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: site
  name: 'scm'
  properties: { allow: false }
}

resource noFtpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: site
  name: 'ftp'
  properties: { allow: false }
}

// Settings that are empty are left out: Microsoft's own libraries in the
// Functions host read some of them, too, and take "" for a value.
var set = toObject(filter(items(settings), s => !empty(s.value)), s => s.key, s => s.value)

resource appSettings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: site
  name: 'appsettings'
  properties: union(set, {
    WEBHOOK_URL: webhook ? 'https://${site.properties.defaultHostName}/api/webhook' : ''
    // The host's own storage, by identity, and by address: so it holds in every
    // Azure cloud.
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identityClientId
    AzureWebJobsStorage__blobServiceUri: hostStorage.blob
    AzureWebJobsStorage__queueServiceUri: hostStorage.queue
    AzureWebJobsStorage__tableServiceUri: hostStorage.table
    // The trail's.
    DataStorage__clientId: identityClientId
    DataStorage__blobServiceUri: dataStorage.blob
    DataStorage__tableServiceUri: dataStorage.table
    // The logs'.
    APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnection
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  })
}

// Sign-in (Easy Auth), if asked for: everything is behind Entra but the
// webhook, since Microsoft's notifier cannot sign in. query needs its function
// key all the same: function.json says so, which is the same everywhere, and
// query stays closed should somebody turn sign-in off. No
// client secret is needed, as the app asks for an ID token alone. Without
// sign-in this says so: leaving it out would leave what was there before.
var signsIn = !empty(signInClientId)

resource signIn 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: site
  name: 'authsettingsV2'
  dependsOn: [appSettings] // one change of the app's configuration at a time
  properties: {
    platform: { enabled: signsIn }
    globalValidation: {
      requireAuthentication: signsIn
      unauthenticatedClientAction: signsIn ? 'RedirectToLoginPage' : 'AllowAnonymous'
      excludedPaths: ['/api/webhook']
    }
    identityProviders: !signsIn ? {} : {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: signInClientId
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
        }
        validation: { allowedAudiences: [signInClientId, 'api://${signInClientId}'] }
      }
    }
    login: { tokenStore: { enabled: false } }
  }
}

output name string = site.name
output url string = 'https://${site.properties.defaultHostName}'
