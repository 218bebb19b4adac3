// Parses the Bicep and YAML files named on the command line, and prints an array:
// the syntax tree of each Bicep file, the value of each YAML file.
const fs = require('fs');
const { Language, Parser } = require('web-tree-sitter');
const YAML = require('yaml');

async function bicepParser() {
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Language.load(require.resolve('tree-sitter-bicep/tree-sitter-bicep.wasm')));
  return parser;
}

// tree returns a node with its named children, and with the children that stand for
// an error or for something missing.
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
