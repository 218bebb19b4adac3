package infratest

import (
	"iter"
	"strings"
)

// A Node is one of a syntax tree, with its children that have a name in the
// grammar. A nil Node is one that is not there; its methods may be called.
type Node struct {
	Type, Text string
	Line       int
	Broken     bool
	Children   []*Node
}

// all are n and the nodes below it.
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

// All are the nodes of a type, n and those below it.
func (n *Node) All(kind string) []*Node {
	var found []*Node
	for m := range n.all() {
		if m.Type == kind {
			found = append(found, m)
		}
	}
	return found
}

// Source is the node's text; "" if it is not there.
func (n *Node) Source() string {
	if n == nil {
		return ""
	}
	return n.Text
}

// Literal is the value of a string, number or boolean that is written out;
// "" for any other node.
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

// object is the outermost object of an expression: itself, or the one that a
// condition or a loop makes.
func (n *Node) object() *Node {
	for m := range n.all() {
		if m.Type == "object" {
			return m
		}
	}
	return nil
}

// A Property is one of an object.
type Property struct {
	Name  string
	Value *Node
}

// Properties are those of an object, in their order.
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

// Property is the value at a path of property names; nil if there is none.
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
