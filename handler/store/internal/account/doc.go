// Package account connects to a storage account: by connection string, by shared
// access signature, or by an identity.
package account
