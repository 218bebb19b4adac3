// The one identity of the app. User-assigned, so that it is there before the
// app, and stays if the app is replaced: the right to read audit events, which
// takes an administrator to give, is given to it once.
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
