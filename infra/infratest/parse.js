// Parses the files named on the command line, Bicep or YAML, and prints an
// array of what they hold: of a Bicep file its syntax tree, of a YAML file its
// value.
const fs = require('fs');
const { Language, Parser } = require('web-tree-sitter');
const YAML = require('yaml');

async function bicepParser() {
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Language.load(require.resolve('tree-sitter-bicep/tree-sitter-bicep.wasm')));
  return parser;
}

// tree is a node with its named children. Those that are errors, or stand for
// something that is missing, are always among them.
function tree(node) {
  const children = node.children.filter((c) => c.isNamed || c.isError || c.isMissing);
  return {
    type: node.type, text: node.text, line: node.startPosition.row + 1,
    broken: node.isError || node.isMissing, children: children.map(tree),
  };
}

async function main(files) {
  const parser = await bicepParser();
  const parsed = files.map((file) => {
    const text = fs.readFileSync(file, 'utf8');
    return file.endsWith('.bicep') ? tree(parser.parse(text).rootNode) : YAML.parse(text);
  });
  process.stdout.write(JSON.stringify(parsed));
}

main(process.argv.slice(2)).catch((err) => {
  console.error(err.message);
  process.exit(1);
});
