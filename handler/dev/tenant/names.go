package tenant

// Names of the people. The second element is the spelling in addresses, where
// it differs.
var (
	firstNames = [][2]string{
		{"Adele"}, {"Alex"}, {"Amélie", "Amelie"}, {"Anja"}, {"Björn", "Bjoern"}, {"Carlos"}, {"Chloé", "Chloe"},
		{"Daniel"}, {"Diego"}, {"Emily"}, {"Erik"}, {"Fatima"}, {"François", "Francois"}, {"Grady"}, {"Hana"},
		{"Henrietta"}, {"Irvin"}, {"Isaiah"}, {"Joni"}, {"José", "Jose"}, {"Jürgen", "Juergen"}, {"Katarzyna"},
		{"Lee"}, {"Lidia"}, {"Łukasz", "Lukasz"}, {"Lynne"}, {"Megan"}, {"Miriam"}, {"Nestor"}, {"Oksana"},
		{"Patti"}, {"Pradeep"}, {"Raúl", "Raul"}, {"Siobhán", "Siobhan"}, {"Søren", "Soeren"}, {"Tomáš", "Tomas"},
		{"Ursula"}, {"Wei"}, {"Yuki"}, {"Zoë", "Zoe"},
	}
	lastNames = [][2]string{
		{"Åkesson", "Akesson"}, {"Álvarez", "Alvarez"}, {"Bauer"}, {"Bowen"}, {"Brandt"}, {"Castillo"}, {"Cho"},
		{"D'Angelo", "DAngelo"}, {"Dvořák", "Dvorak"}, {"Fernandes"}, {"Gerber"}, {"González", "Gonzalez"},
		{"Grønberg", "Groenberg"}, {"Haddad"}, {"Holloway"}, {"Ivanova"}, {"Janssen"}, {"Kowalski"}, {"Langer"},
		{"Lindqvist"}, {"Marchetti"}, {"McKay"}, {"Müller", "Mueller"}, {"Nakamura"}, {"O'Brien", "OBrien"},
		{"Okafor"}, {"Petrov"}, {"Rantanen"}, {"Schäfer", "Schaefer"}, {"Shevchenko"}, {"Silva"}, {"Sołtys", "Soltys"},
		{"Tanaka"}, {"Thompson"}, {"van der Berg", "vanderBerg"}, {"Vance"}, {"Wagner"}, {"Wilber"}, {"Yılmaz", "Yilmaz"},
		{"Zhang"},
	}
)

// department is a part of the company: its size and what its people write
// about.
type department struct {
	name   string
	short  string // in names of devices and shares
	people int
	topics []string
}

var departments = []department{
	{"Finance", "FIN", 28, []string{"Budget", "Rolling Forecast", "Payroll", "Bank Reconciliation", "Invoices", "Audit Findings", "Cash Flow"}},
	{"Human Resources", "HR", 16, []string{"Compensation Review", "Offer Letter", "Sick Leave", "Onboarding Plan", "Works Council", "Gehaltsübersicht"}},
	{"Legal", "LEG", 14, []string{"NDA", "Patent Claim", "Settlement", "Data Processing Agreement", "Litigation Hold", "Share Purchase Agreement"}},
	{"Sales", "SAL", 42, []string{"Price List", "Angebot", "Pipeline", "Account Plan", "Discount Approval", "Renewal", "Tender"}},
	{"Marketing", "MKT", 20, []string{"Campaign Plan", "Press Release", "Brand Guide", "Event Calendar", "Customer Story"}},
	{"Engineering", "ENG", 40, []string{"Requirements", "Test Report", "Schematics", "Failure Analysis", "Release Notes", "Pflichtenheft"}},
	{"IT", "ITS", 18, []string{"Network Plan", "Service Accounts", "Incident Report", "Disaster Recovery", "Asset List"}},
	{"Operations", "OPS", 16, []string{"Shift Plan", "Supplier Scorecard", "Stock Count", "Safety Audit", "Logistics"}},
	{"Executive", "EXE", 6, []string{"Board Minutes", "Strategy 2030", "Acquisition Model", "Reorganisation", "Succession Plan"}},
}
