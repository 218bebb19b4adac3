// Package infratest reads the files of infra, for its tests: Bicep by
// tree-sitter's grammar of it, YAML by a library, both through Node.js, which
// the tests need for Azurite anyway.
//
// A grammar knows no types: it cannot tell a property that a resource has from
// one that it lacks. Where the Bicep compiler is installed, a test has it
// compile the same files.
package infratest
