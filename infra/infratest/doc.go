// Package infratest parses the files of infra for its tests: Bicep with the
// tree-sitter grammar, YAML with a library. Both run in Node.js, which the tests
// need for Azurite anyway.
//
// A grammar does not know types, so it accepts a property that a resource does not
// have. If the Bicep compiler is installed, a test compiles the same files.
package infratest
