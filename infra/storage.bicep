// Two storage accounts instead of one, for three reasons. The Functions host
// needs to own all blobs of its account, a right that nobody needs on the
// evidence. An account with a locked WORM policy cannot be deleted. The trail
// outlives any app that writes it.
//
// Both reject account keys: only identities have access. Both can be reached from
// the internet, because Flex Consumption calls them from there unless it is in a
// virtual network.
param hostName string
param dataName string
param location string
param tags object
param sku string

@description('Days until raw content is deleted; 0 means never.')
param rawRetentionDays int

@description('Days for which raw content is protected; 0 creates no policy.')
param wormDays int

@description('Principal id of the identity of the app.')
param principalId string

var withoutKeys = {
  allowSharedKeyAccess: false
  allowBlobPublicAccess: false
  allowCrossTenantReplication: false
  defaultToOAuthAuthentication: true
  minimumTlsVersion: 'TLS1_2'
  supportsHttpsTrafficOnly: true
}

// ---- For the Functions host: locks, timer status, function keys, the package ----

resource host 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: hostName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' } // a deployment creates all of it again
  properties: withoutKeys
}

resource hostBlobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: host
  name: 'default'
}

resource packages 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: hostBlobs
  name: 'packages'
}

// Storage Blob Data Owner: the Functions host takes leases on blobs, sets their
// properties and reads the package. It needs neither queues nor tables, because
// all triggers are timer and HTTP triggers.
resource hostRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: host
  name: guid(host.id, principalId, 'blob owner')
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b')
  }
}

// ---- For the trail ----

resource data 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: dataName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: union(withoutKeys, { accessTier: 'Hot' })
}

// Blobs deleted by mistake can be restored for two weeks. This costs nothing until
// something is deleted. An erasure is complete only after these two weeks.
resource dataBlobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: data
  name: 'default'
  properties: {
    deleteRetentionPolicy: { enabled: true, days: 14 }
    containerDeleteRetentionPolicy: { enabled: true, days: 14 }
  }
}

resource raw 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: dataBlobs
  name: 'raw' // the handler uses this name
}

// The policy allows new blobs, and the handler never replaces one. While the
// policy is unlocked, an administrator of the account can shorten or remove it,
// and it does not keep the account from being deleted ("Container-level WORM
// policies"). A lock is final, so this file does not set one: use az storage
// container immutability-policy lock. Then set wormDays to 0, because a locked
// policy can only be extended, by another command. 0 does not remove a policy.
resource worm 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2023-05-01' = if (wormDays > 0) {
  parent: raw
  name: 'default'
  properties: {
    immutabilityPeriodSinceCreationInDays: wormDays
    allowProtectedAppendWrites: false
  }
}

// Nothing moves to a cooler tier: for such small blobs the move costs more than
// it saves in ten years.
resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2023-05-01' = {
  parent: data
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'expire-raw'
          type: 'Lifecycle'
          enabled: rawRetentionDays > 0
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['raw/'] }
            actions: { baseBlob: { delete: { daysAfterCreationGreaterThan: max(rawRetentionDays, 1) } } }
          }
        }
      ]
    }
  }
}

// Storage Blob Data Contributor on one container: the handler writes raw content
// and reads it back.
resource rawRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: raw
  name: guid(raw.id, principalId, 'blob contributor')
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')
  }
}

// Storage Table Data Contributor on the account: the handler creates tables for
// each month, and drops those past their retention.
resource tableRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: data
  name: guid(data.id, principalId, 'table contributor')
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3')
  }
}

output host object = { blob: host.properties.primaryEndpoints.blob, queue: host.properties.primaryEndpoints.queue, table: host.properties.primaryEndpoints.table }
output data object = { blob: data.properties.primaryEndpoints.blob, table: data.properties.primaryEndpoints.table }
output dataName string = data.name
output packageUri string = '${host.properties.primaryEndpoints.blob}${packages.name}'
