// The function app. azd deploys into it the package that
// `go run ./infra/package` stages.
param name string
param planName string
param location string
param tags object
param instanceMemoryMB int
param identityId string
param identityClientId string

@description('URI of the container where the platform keeps the package.')
param packageUri string

@description('Endpoints (blob, queue, table) of the storage account of the Functions host.')
param hostStorage object

@description('Endpoints (blob, table) of the storage account of the trail.')
param dataStorage object

param insightsConnection string
param allowedIpRanges array
param webhook bool
param signInClientId string

@description('App settings of docs/settings.md by name, except those that only this module knows.')
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
      // The timer always runs on one instance. The HTTP functions scale out.
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

// App Service restricts the whole app, not single paths. So if the callers are
// restricted, Microsoft's notifier is let in by its service tag. It could then
// call query too, but has no function key. The deployment endpoint is not
// restricted: it accepts only Entra tokens (see below).
var restrictions = empty(allowedIpRanges) ? [] : concat(callers, webhook ? [notifier] : [])
var callers = [for (cidr, i) in allowedIpRanges: { name: 'caller-${i}', priority: 200 + i, action: 'Allow', ipAddress: cidr }]
var notifier = { name: 'webhook', priority: 100, action: 'Allow', tag: 'ServiceTag', ipAddress: 'M365ManagementActivityApiWebhook' }

// Deployment by password is off. azd uses an Entra token.
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

// Empty settings are left out. Microsoft's libraries in the Functions host read
// some of them too, and would use "" as a value.
var set = toObject(filter(items(settings), s => !empty(s.value)), s => s.key, s => s.value)

resource appSettings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: site
  name: 'appsettings'
  properties: union(set, {
    WEBHOOK_URL: webhook ? 'https://${site.properties.defaultHostName}/api/webhook' : ''
    // The host's own storage, by identity. Endpoints instead of an account name
    // work in every Azure cloud.
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identityClientId
    AzureWebJobsStorage__blobServiceUri: hostStorage.blob
    AzureWebJobsStorage__queueServiceUri: hostStorage.queue
    AzureWebJobsStorage__tableServiceUri: hostStorage.table
    // The storage of the trail.
    DataStorage__clientId: identityClientId
    DataStorage__blobServiceUri: dataStorage.blob
    DataStorage__tableServiceUri: dataStorage.table
    // The logs.
    APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnection
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  })
}

// Sign-in (Easy Auth), if configured. Everything except the webhook is then
// behind Entra; Microsoft's notifier cannot sign in. query still needs its
// function key, because function.json is the same everywhere. So query stays
// closed if somebody turns sign-in off. The app asks only for an ID token, so it
// needs no client secret. If sign-in is not configured, this resource turns it
// off: leaving the resource out would keep the previous configuration.
var signsIn = !empty(signInClientId)

resource signIn 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: site
  name: 'authsettingsV2'
  dependsOn: [appSettings] // change the configuration of the app in one step at a time
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
