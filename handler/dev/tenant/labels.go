package tenant

// Label is one sensitivity label of the tenant. A record names it by ID only.
type Label struct {
	ID       string // GUID
	Name     string // as Office shows it, such as `Confidential \ Finance`
	Priority int    // place in the policy's order: a change to a greater one is an upgrade

	// template is the rights management template that the label applies, "" for
	// none.
	template string
}

// protected reports whether the label encrypts what it is applied to. No label
// does not.
func (l *Label) protected() bool { return l != nil && l.template != "" }

// labels are the tenant's labels in order of priority. Those with a
// sub-label are not among them, as they cannot be applied.
var labels = []Label{
	{ID: "9d3b6e2a-51f4-4c07-8a1d-2e64b07c1f10", Name: "Personal"},
	{ID: "1f0e7a44-9c2b-4d65-b0a3-6b7d5e8c2a21", Name: "Public", Priority: 1},
	{ID: "4b8a2c91-03d7-4e5f-9a66-c1f2d3e4b532", Name: "General", Priority: 2},
	{ID: "c6f1d0b3-7e28-49aa-8b5c-0d9e6f7a8b43", Name: `Confidential \ Anyone (unrestricted)`, Priority: 3},
	{ID: "a2d4e6f8-1b3c-4d5e-8f70-91a2b3c4d554", Name: `Confidential \ All Employees`, Priority: 4,
		template: "b00b3737-7542-4181-ab70-5dde2c266ccf"},
	{ID: "58c7b9e0-d2f1-4a3b-9c8d-7e6f5a4b3c65", Name: `Confidential \ Finance`, Priority: 5,
		template: "2f0f4096-5629-405c-b2a1-8611053b0ed0"},
	{ID: "e3f5a7b9-4c6d-4e8f-a0b1-c2d3e4f5a676", Name: `Confidential \ Human Resources`, Priority: 6,
		template: "6c1e9d44-27a8-4b52-9f03-8d5e7a61c287"},
	{ID: "07b9c1d3-8e5f-4061-b2c3-d4e5f6a7b887", Name: `Highly Confidential \ All Employees`, Priority: 7,
		template: "7ef1852d-f4a9-460a-a59f-60ee8c3fe291"},
	{ID: "bd1c3e5f-6a7b-4c8d-9e0f-1a2b3c4d5e98", Name: `Highly Confidential \ Project Obsidian`, Priority: 8,
		template: "d94f02b7-61c3-4e80-a5d9-3b7c8e1f40a6"},
	{ID: "f4a6b8c0-2d3e-4f50-8162-738495a6b7a9", Name: `Highly Confidential \ Board`, Priority: 9,
		template: "3a85c6e1-f20d-47b9-8e14-95d0b7a2c3f4"},
}

// Labels returns the tenant's sensitivity labels, lowest priority first.
func Labels() []Label { return append([]Label(nil), labels...) }
