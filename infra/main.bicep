// labeltrail on Azure Functions, all of it: what `azd up` creates.
//
//   identity    as whom the app works: one user-assigned managed identity, no password
//   storage     two accounts without keys: the Functions host's, and the trail's
//   monitoring  logs, in a workspace of their own
//   webhook     a vault with the webhook's secret; only with a webhook
//   app         plan, function app, its settings, who may call it
//   alerts      what somebody is told of by e-mail
//
// Every role assignment is in the module of what it gives access to, with its
// reason. One right cannot be given here, as Azure Resource Manager knows
// nothing of it: to read the audit events. infra/hooks/postprovision gives it.
//
// No parameter, output or setting here is a secret, but for one that nobody
// types or sees: see webhook.bicep.
targetScope = 'subscription'

// ---- Where ----

@description('Name of this installation; part of the names of its resources.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Azure region. It has to offer Flex Consumption: az functionapp list-flexconsumption-locations.')
param location string

@description('Redundancy of the storage of the trail. Standard_ZRS survives a data centre, Standard_GZRS a region.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param storageSku string = 'Standard_LRS'

@description('Memory of an instance in MB, what running time is billed by.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 512

// ---- What is read, and how: the app settings of the README's table ----

@description('TENANT_ID: the tenant whose events are read. Empty: the subscription\'s own; an app registration may read another.')
param tenantId string = ''

@description('CLOUD: the Microsoft 365 cloud of the tenant.')
@allowed(['enterprise', 'gcc', 'gcchigh', 'dod'])
param cloud string = 'enterprise'

@description('MANAGEMENT_API_URL: another root of the API than the cloud\'s.')
param managementApiUrl string = ''

@description('AZURE_AUTHORITY_HOST: another login host than the cloud\'s.')
param authorityHost string = ''

@description('MANAGEMENT_API_CLIENT_ID: app registration that reads the API. Without it the managed identity does.')
param managementApiClientId string = ''

@description('MANAGEMENT_API_CLIENT_SECRET: where its secret is, never the secret: the URI of a Key Vault secret that the managed identity may read.')
param managementApiClientSecretUri string = ''

@description('MANAGEMENT_API_CLIENT_CERTIFICATE_PATH: or the path of its certificate, on a share that is mounted into the app: Flex Consumption loads no certificates.')
param managementApiClientCertificatePath string = ''

@description('PUBLISHER_ID: PublisherIdentifier of the calls, if not the tenant\'s id.')
param publisherId string = ''

@description('CONTENT_TYPES: comma list of what is pulled.')
param contentTypes string = 'Audit.General'

@description('RECORD_TYPES: comma list of the record types that become rows; * is all.')
param recordTypes string = '93,94,95,96,97,43,71,72,75,82,83,84'

@description('PULL_SCHEDULE: when is pulled, NCRONTAB in UTC. alertWindow has to span four runs of it.')
param pullSchedule string = '0 */5 * * * *'

@description('PULL_CONCURRENCY: contents in flight.')
param pullConcurrency int = 16

@description('REQUESTS_PER_MINUTE: ceiling of requests to the API.')
param requestsPerMinute int = 2000

// ---- How long it is kept ----

@description('RETENTION_DAYS: event months that are wholly older are dropped; 0 keeps all.')
@minValue(0)
param retentionDays int = 0

@description('Raw content is deleted after so many days; 0 keeps all. Longer than wormDays.')
@minValue(0)
param rawRetentionDays int = 0

@description('Raw content can be neither changed nor deleted for so many days (WORM); 0: no policy. It is made unlocked: who administers the account can take it away.')
@minValue(0)
@maxValue(146000)
param wormDays int = 0

// ---- Who may call it ----

@description('Whether Microsoft notifies the app of new content. It brings events a little earlier, and needs the app to be open to the internet.')
param webhook bool = false

@description('Raise it to have a new secret made for the webhook.')
@minValue(1)
param webhookAuthIdVersion int = 1

@description('What the webhook\'s secret is made from, the first time. Nobody sets it: a new one is drawn at each deployment, and mostly not used.')
@secure()
param webhookAuthIdSeed string = '${newGuid()}-${newGuid()}'

@description('IPv4 ranges (CIDR), with commas between, from which the app may be called, beside Microsoft\'s own for the webhook. Empty: from anywhere, with a function key.')
param allowedIpRanges string = ''

@description('Client id of an app registration with which people sign in (Microsoft Entra) before they may call anything but the webhook. Empty: the function key is enough.')
param signInClientId string = ''

// ---- Who is told ----

@description('E-mail address that is told when the trail needs somebody.')
@minLength(6)
param alertEmail string

@description('What the alerts look back on. Four runs of pullSchedule at least.')
@allowed(['PT30M', 'PT1H', 'PT2H', 'PT3H', 'PT6H', 'P1D'])
param alertWindow string = 'PT30M'

// What Azure Resource Manager can check of these, before it creates anything.
var checkedRawRetentionDays = rawRetentionDays > 0 && rawRetentionDays <= wormDays
  ? fail('rawRetentionDays has to be longer than wormDays: what WORM protects cannot be deleted')
  : rawRetentionDays

var tags = { 'azd-env-name': environmentName } // by which azd finds what is its own
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
  // The app resolves its Key Vault references as soon as it is there.
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

// azd keeps these in its environment; the hook reads them there.
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = group.name
output FUNCTION_APP_NAME string = app.outputs.name
output FUNCTION_APP_URL string = app.outputs.url
output IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId
output IDENTITY_CLIENT_ID string = identity.outputs.clientId
output DATA_STORAGE_ACCOUNT string = storage.outputs.dataName
output MANAGEMENT_API_CLIENT_ID string = managementApiClientId
