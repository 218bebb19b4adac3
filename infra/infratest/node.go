package infratest

import (
	"iter"
	"strings"
)

// A Node is a node of a syntax tree, with the children that the grammar names. The
// methods of a nil Node, which stands for a missing one, may be called.
type Node struct {
	Type, Text string
	Line       int
	Broken     bool
	Children   []*Node
}

// all yields n and the nodes below it.
func (n *Node) all() iter.Seq[*Node] {
	return func(yield func(*Node) bool) { n.walk(yield) }
}

func (n *Node) walk(yield func(*Node) bool) bool {
	if n == nil {
		return true
	}
	if !yield(n) {
		return false
	}
	for _, child := range n.Children {
		if !child.walk(yield) {
			return false
		}
	}
	return true
}

// All returns n and the nodes below it that have a type.
func (n *Node) All(kind string) []*Node {
	var found []*Node
	for m := range n.all() {
		if m.Type == kind {
			found = append(found, m)
		}
	}
	return found
}

// Source returns the text of the node, or "".
func (n *Node) Source() string {
	if n == nil {
		return ""
	}
	return n.Text
}

// Literal returns the value of a string, number or boolean literal, or "" for any
// other node.
func (n *Node) Literal() string {
	switch {
	case n == nil, n.Type == "string" && len(n.All("interpolation")) > 0:
		return ""
	case n.Type == "string" && strings.HasPrefix(n.Text, "'''"):
		return strings.Trim(n.Text, "'")
	case n.Type == "string":
		return strings.NewReplacer(`\'`, `'`).Replace(strings.Trim(n.Text, "'"))
	case n.Type == "number", n.Type == "boolean":
		return n.Text
	}
	return ""
}

// object returns the outermost object of an expression: n itself, or the object in
// a condition or a loop.
func (n *Node) object() *Node {
	for m := range n.all() {
		if m.Type == "object" {
			return m
		}
	}
	return nil
}

// A Property is a property of an object.
type Property struct {
	Name  string
	Value *Node
}

// Properties returns the properties of an object, in their order.
func (n *Node) Properties() []Property {
	var list []Property
	for _, child := range n.object().children("object_property") {
		if len(child.Children) > 1 {
			list = append(list, Property{strings.Trim(child.Children[0].Text, "'"), child.Children[1]})
		}
	}
	return list
}

func (n *Node) children(kind string) []*Node {
	var found []*Node
	if n == nil {
		return nil
	}
	for _, child := range n.Children {
		if child.Type == kind {
			found = append(found, child)
		}
	}
	return found
}

// Property returns the value at a path of property names, or nil.
func (n *Node) Property(path ...string) *Node {
	for _, name := range path {
		var value *Node
		for _, p := range n.Properties() {
			if p.Name == name {
				value = p.Value
			}
		}
		n = value
	}
	return n
}
