// Two storage accounts, though one would do, for three reasons: in its own the
// Functions host has to own all blobs, a right that nobody needs on the
// evidence; an account with a locked WORM policy cannot be deleted; and the
// trail outlives any app that writes it.
//
// Both refuse account keys: only identities get in. They stay reachable from
// the internet, since Flex Consumption calls them from there unless it is put
// into a virtual network.
param hostName string
param dataName string
param location string
param tags object
param sku string

@description('Days until raw content is deleted; 0: never.')
param rawRetentionDays int

@description('Days for which raw content is protected; 0: no policy.')
param wormDays int

@description('The app\'s identity.')
param principalId string

var withoutKeys = {
  allowSharedKeyAccess: false
  allowBlobPublicAccess: false
  allowCrossTenantReplication: false
  defaultToOAuthAuthentication: true
  minimumTlsVersion: 'TLS1_2'
  supportsHttpsTrafficOnly: true
}

// ---- The Functions host's: locks, timer status, function keys, the package ----

resource host 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: hostName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' } // all of it is made again by a deployment
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

// Storage Blob Data Owner: the Functions host takes leases on blobs and sets
// their properties. With timer and HTTP triggers alone it needs neither queues
// nor tables. This covers reading the package, too.
resource hostRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: host
  name: guid(host.id, principalId, 'blob owner')
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b')
  }
}

// ---- The trail's ----

resource data 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: dataName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: union(withoutKeys, { accessTier: 'Hot' })
}

// What is deleted by mistake can be had back for two weeks. It costs nothing
// until something is deleted; an erasure is complete after these two weeks.
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
  name: 'raw' // the name that the handler knows it by
}

// New blobs can be written under the policy, and the handler never replaces
// one. Unlocked, the policy can be shortened or taken away by whoever
// administers the account, and does not keep the account from being deleted
// ("Container-level WORM policies"). Locking it is for ever, so it is not done
// here: az storage container immutability-policy lock. Then wormDays has to be
// 0: what is locked can be extended, by another command, and not set. Nor is a
// policy taken away here: 0 leaves what is there.
resource worm 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2023-05-01' = if (wormDays > 0) {
  parent: raw
  name: 'default'
  properties: {
    immutabilityPeriodSinceCreationInDays: wormDays
    allowProtectedAppendWrites: false
  }
}

// Nothing is moved to a cooler tier: the move of such small blobs costs more
// than it saves in ten years.
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

// Storage Blob Data Contributor on the one container: raw content is written
// and read back.
resource rawRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: raw
  name: guid(raw.id, principalId, 'blob contributor')
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')
  }
}

// Storage Table Data Contributor on the account: the handler makes a table for
// each month, and drops those that retention no longer keeps.
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
