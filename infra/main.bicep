// Everything that `azd up` creates for labeltrail.
//
//   identity    the user-assigned managed identity of the app; no password
//   storage     two accounts without keys: for the Functions host and for the trail
//   monitoring  logs in their own workspace
//   webhook     a vault with the secret of the webhook; only if the webhook is on
//   app         plan, function app, settings, who may call it
//   alerts      alert rules and the e-mail address that gets them
//
// Each role assignment is in the module of the resource it gives access to, with
// its reason. One right cannot be granted here, because Azure Resource Manager
// does not manage it: reading audit events. infra/hooks/postprovision grants it.
//
// No parameter, output or setting here is a secret, except one that nobody types
// or sees: see webhook.bicep.
targetScope = 'subscription'

// ---- Where ----

@description('Name of this installation. It becomes part of the resource names.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Azure region. It must offer Flex Consumption: az functionapp list-flexconsumption-locations lists them.')
param location string

@description('Redundancy of the storage of the trail. Standard_ZRS survives the loss of a data center, Standard_GZRS of a region.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param storageSku string = 'Standard_LRS'

@description('Memory of an instance in MB. Running time is billed by it.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 512

// ---- What the app reads, and how: see docs/settings.md ----

@description('TENANT_ID: the tenant whose events are read. Empty: the tenant of the subscription. Another tenant needs an app registration.')
param tenantId string = ''

@description('CLOUD: the Microsoft 365 cloud of the tenant.')
@allowed(['enterprise', 'gcc', 'gcchigh', 'dod'])
param cloud string = 'enterprise'

@description('MANAGEMENT_API_URL: another root of the API. Empty: the root for the cloud.')
param managementApiUrl string = ''

@description('AZURE_AUTHORITY_HOST: another login host. Empty: the host for the cloud.')
param authorityHost string = ''

@description('MANAGEMENT_API_CLIENT_ID: the app registration that reads the API. Empty: the managed identity reads it.')
param managementApiClientId string = ''

@description('MANAGEMENT_API_CLIENT_SECRET: URI of the Key Vault secret with the client secret of that app registration, never the secret itself. The managed identity must be allowed to read it.')
param managementApiClientSecretUri string = ''

@description('MANAGEMENT_API_CLIENT_CERTIFICATE_PATH: path of the certificate of that app registration, on a share that is mounted into the app. Flex Consumption loads no certificates.')
param managementApiClientCertificatePath string = ''

@description('PUBLISHER_ID: PublisherIdentifier of the API calls. Empty: the tenant id.')
param publisherId string = ''

@description('CONTENT_TYPES: content types to pull, separated by commas.')
param contentTypes string = 'Audit.General'

@description('RECORD_TYPES: record types that become rows, separated by commas; * means all.')
param recordTypes string = '93,94,95,96,97,43,71,72,75,82,83,84'

@description('PULL_SCHEDULE: when pull runs, NCRONTAB in UTC. alertWindow must cover four runs.')
param pullSchedule string = '0 */5 * * * *'

@description('PULL_CONCURRENCY: content blobs fetched at the same time.')
param pullConcurrency int = 16

@description('REQUESTS_PER_MINUTE: the most requests a minute to the API.')
param requestsPerMinute int = 2000

// ---- How long the trail is kept ----

@description('RETENTION_DAYS: months of events that are older than this are dropped; 0 keeps all.')
@minValue(0)
param retentionDays int = 0

@description('Raw content is deleted after this many days; 0 keeps all. Must be more than wormDays.')
@minValue(0)
param rawRetentionDays int = 0

@description('For this many days raw content can be neither changed nor deleted (WORM); 0 creates no policy. The policy is unlocked: an administrator of the account can remove it.')
@minValue(0)
@maxValue(146000)
param wormDays int = 0

// ---- Who may call the app ----

@description('Whether Microsoft notifies the app of new content. Events arrive a little earlier. The app must then be open to the internet.')
param webhook bool = false

@description('Raise it to create a new secret for the webhook.')
@minValue(1)
param webhookAuthIdVersion int = 1

@description('Random text for the secret of the webhook. Do not set it. Each deployment draws a new one, and uses it only if the secret does not exist yet.')
@secure()
param webhookAuthIdSeed string = '${newGuid()}-${newGuid()}'

@description('IPv4 ranges (CIDR), separated by commas, that may call the app, besides Microsoft\'s notifier for the webhook. Empty: everyone who has a function key.')
param allowedIpRanges string = ''

@description('Client id of the app registration for sign-in with Microsoft Entra. It protects everything except the webhook. Empty: the function key is enough.')
param signInClientId string = ''

// ---- Who gets the alerts ----

@description('E-mail address that gets the alerts.')
@minLength(6)
param alertEmail string

@description('How far the alerts look back: at least four runs of pullSchedule.')
@allowed(['PT30M', 'PT1H', 'PT2H', 'PT3H', 'PT6H', 'P1D'])
param alertWindow string = 'PT30M'

// Checked before Azure Resource Manager creates anything.
var checkedRawRetentionDays = rawRetentionDays > 0 && rawRetentionDays <= wormDays
  ? fail('rawRetentionDays must be more than wormDays: WORM keeps raw content from being deleted')
  : rawRetentionDays

var tags = { 'azd-env-name': environmentName } // azd finds its resources by this tag
var suffix = toLower(uniqueString(subscription().id, environmentName, location))
var vaultName = 'kv-${suffix}'
var webhookAuthIdName = 'webhook-auth-id-${webhookAuthIdVersion}'

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-labeltrail-${environmentName}'
  location: location
  tags: tags
}

module identity 'identity.bicep' = {
  scope: group
  params: { name: 'id-${suffix}', location: location, tags: tags }
}

module storage 'storage.bicep' = {
  scope: group
  params: {
    hostName: 'sthost${suffix}'
    dataName: 'sttrail${suffix}'
    location: location
    tags: tags
    sku: storageSku
    rawRetentionDays: checkedRawRetentionDays
    wormDays: wormDays
    principalId: identity.outputs.principalId
  }
}

module monitoring 'monitoring.bicep' = {
  scope: group
  params: { suffix: suffix, location: location, tags: tags, principalId: identity.outputs.principalId }
}

module webhookSecret 'webhook.bicep' = if (webhook) {
  scope: group
  params: {
    vaultName: vaultName
    secretName: webhookAuthIdName
    seed: webhookAuthIdSeed
    location: location
    tags: tags
    principalId: identity.outputs.principalId
  }
}

module app 'app.bicep' = {
  scope: group
  // The app resolves its Key Vault references as soon as it exists.
  dependsOn: [webhookSecret]
  params: {
    name: 'labeltrail-${suffix}'
    planName: 'plan-${suffix}'
    location: location
    tags: tags
    instanceMemoryMB: instanceMemoryMB
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    packageUri: storage.outputs.packageUri
    hostStorage: storage.outputs.host
    dataStorage: storage.outputs.data
    insightsConnection: monitoring.outputs.connection
    allowedIpRanges: empty(allowedIpRanges) ? [] : map(split(allowedIpRanges, ','), cidr => trim(cidr))
    webhook: webhook
    signInClientId: signInClientId
    settings: {
      TENANT_ID: empty(tenantId) ? tenant().tenantId : tenantId
      CLOUD: cloud
      MANAGEMENT_API_URL: managementApiUrl
      AZURE_AUTHORITY_HOST: authorityHost
      MANAGEMENT_API_CLIENT_ID: managementApiClientId
      MANAGEMENT_API_CLIENT_SECRET: empty(managementApiClientSecretUri)
        ? ''
        : '@Microsoft.KeyVault(SecretUri=${managementApiClientSecretUri})'
      MANAGEMENT_API_CLIENT_CERTIFICATE_PATH: managementApiClientCertificatePath
      AZURE_CLIENT_ID: identity.outputs.clientId
      PUBLISHER_ID: publisherId
      CONTENT_TYPES: contentTypes
      RECORD_TYPES: recordTypes
      PULL_SCHEDULE: pullSchedule
      PULL_CONCURRENCY: string(pullConcurrency)
      REQUESTS_PER_MINUTE: string(requestsPerMinute)
      WEBHOOK_AUTH_ID: webhook ? '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=${webhookAuthIdName})' : ''
      RETENTION_DAYS: string(retentionDays)
    }
  }
}

module alerts 'alerts.bicep' = {
  scope: group
  params: {
    suffix: suffix
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    email: alertEmail
    window: alertWindow
  }
}

// azd keeps these in its environment, where the hook reads them.
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = group.name
output FUNCTION_APP_NAME string = app.outputs.name
output FUNCTION_APP_URL string = app.outputs.url
output IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId
output IDENTITY_CLIENT_ID string = identity.outputs.clientId
output DATA_STORAGE_ACCOUNT string = storage.outputs.dataName
output MANAGEMENT_API_CLIENT_ID string = managementApiClientId
