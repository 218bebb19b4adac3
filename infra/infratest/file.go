package infratest

import "strings"

// A File holds the declarations of a Bicep file, by kind, in their order.
type File struct {
	Name                                      string
	Params, Vars, Outputs, Modules, Resources []*Declaration
	Tree                                      *Node
}

// A Declaration is one parameter, variable, output, module or resource.
type Declaration struct {
	Name       string           // the symbol
	Of         string           // a module's file, or a resource's type and version
	Value      *Node            // default, value or body; may be nil
	Decorators map[string]*Node // their first arguments, by decorator
	Comment    string           // the comment before it
	Line       int
}

// Find returns the declaration of a name, or nil.
func Find(list []*Declaration, name string) *Declaration {
	for _, d := range list {
		if d.Name == name {
			return d
		}
	}
	return nil
}

func newFile(name string, tree *Node) *File {
	f := &File{Name: name, Tree: tree}
	lists := map[string]*[]*Declaration{
		"parameter_declaration": &f.Params, "variable_declaration": &f.Vars, "output_declaration": &f.Outputs,
		"module_declaration": &f.Modules, "resource_declaration": &f.Resources,
	}
	decorators, comment, commentEnd := map[string]*Node{}, []string{}, 0
	for _, n := range tree.Children {
		switch list := lists[n.Type]; {
		case n.Type == "comment":
			if n.Line != commentEnd+1 {
				comment = nil // another paragraph
			}
			comment, commentEnd = append(comment, strings.TrimSpace(strings.TrimPrefix(n.Text, "//"))), n.Line
		case n.Type == "decorators":
			for _, d := range n.children("decorator") {
				call := d.Children[0]
				decorators[call.Children[0].Text] = first(call.Children[1].Children)
			}
			commentEnd = n.Line + strings.Count(n.Text, "\n")
		case list != nil:
			*list = append(*list, newDeclaration(n, decorators, strings.Join(comment, " ")))
			decorators, comment = map[string]*Node{}, nil
		}
	}
	return f
}

func newDeclaration(n *Node, decorators map[string]*Node, comment string) *Declaration {
	d := &Declaration{Name: n.Children[0].Text, Decorators: decorators, Comment: comment, Line: n.Line}
	rest := n.Children[1:]
	switch n.Type {
	case "module_declaration", "resource_declaration":
		d.Of = rest[0].Literal()
		rest = rest[1:]
	case "parameter_declaration", "output_declaration":
		rest = rest[1:] // its type
	}
	d.Value = first(rest)
	return d
}

func first(nodes []*Node) *Node {
	if len(nodes) == 0 {
		return nil
	}
	return nodes[0]
}
