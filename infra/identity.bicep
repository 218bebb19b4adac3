// The only identity of the app. It is user-assigned, so it exists before the app
// and survives if the app is replaced. An administrator must grant it the right
// to read audit events, and does so only once.
param name string
param location string
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: name
  location: location
  tags: tags
}

output id string = identity.id
output clientId string = identity.properties.clientId
output principalId string = identity.properties.principalId
