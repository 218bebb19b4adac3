package feed

// A verdict is what an error code means: its class, and for those that an
// administrator can act on, the words that say how.
type verdict struct {
	class  Class
	advice string
}

// codes is the one table of error codes. The AF codes are those of "Office 365
// Management Activity API reference", Errors, but for AF20024, AF50005 and
// AF50006, which were seen in the field. The AADSTS codes are the login
// endpoint's, of "Microsoft Entra authentication and authorization error
// codes". A code that is not here is judged by its HTTP status.
var codes = map[string]verdict{
	"AF10001": {Configuration, "the token lacks the application permission ActivityFeed.Read of Office 365 Management APIs: grant it with admin consent (a managed identity may need a day to see it)"},
	"AF20001": {Internal, ""},
	"AF20002": {Internal, ""},
	"AF20003": {Internal, ""},
	"AF20010": {Configuration, "the application or identity belongs to another tenant than the one asked for: check the tenant id"},
	"AF20011": {Configuration, "the tenant does not exist, was deleted, or has unified auditing off: check the tenant id and the cloud, and turn auditing on"},
	"AF20012": {Configuration, "the tenant is incorrectly configured for this API: open a support case with Microsoft"},
	"AF20013": {Internal, ""},
	"AF20020": {Internal, ""},
	"AF20021": {Configuration, "the webhook did not answer the validation with HTTP 200: check its address; polling goes on without it"},
	"AF20022": {NotSubscribed, ""},
	"AF20023": {NotSubscribed, ""},
	"AF20024": {NotSubscribed, ""}, // already enabled, no property change: to Start it is success
	"AF20030": {Window, ""},
	"AF20031": {Window, ""},
	"AF20050": {Gone, ""},
	"AF20051": {Gone, ""},
	"AF20052": {Gone, ""},
	"AF20053": {Internal, ""},
	"AF20054": {Internal, ""},
	"AF20055": {Window, ""},
	"AF429":   {Throttled, ""},
	"AF50000": {Transient, ""},
	"AF50005": {Transient, ""},
	"AF50006": {Transient, ""},

	"AADSTS50034":   {Configuration, "the login endpoint does not know the account: check the client id and the tenant id"},
	"AADSTS500011":  {Configuration, "Office 365 Management APIs are not present in the tenant: create their service principal (az ad sp create --id c5393580-f805-4401-95e8-94b7a6ef2fc2) and check the cloud"},
	"AADSTS53003":   {Configuration, "a Conditional Access policy blocks the application: exclude its service principal"},
	"AADSTS700016":  {Configuration, "the application is not known in the tenant: check the client id and the tenant id"},
	"AADSTS70021":   {Configuration, "no federated credential of the application matches the managed identity: add one with its object id as subject"},
	"AADSTS700211":  {Configuration, "no federated credential of the application has this issuer: the managed identity is of another tenant than the credential says"},
	"AADSTS700212":  {Configuration, "no federated credential of the application has this audience: check it against the cloud"},
	"AADSTS700213":  {Configuration, "no federated credential of the application has this subject: it must be the managed identity's object id"},
	"AADSTS700027":  {Configuration, "the client certificate is not one of the application's: upload its public part to the application"},
	"AADSTS7000112": {Configuration, "the application is disabled in the tenant: enable its service principal"},
	"AADSTS7000215": {Configuration, "the client secret is wrong: set the secret's value, not its id"},
	"AADSTS7000222": {Configuration, "the client secret has expired: make a new one"},
	"AADSTS7000229": {Configuration, "the application has no service principal in the tenant: grant it admin consent there"},
	"AADSTS900023":  {Configuration, "the tenant id is not one the login endpoint knows: check the tenant id and the cloud"},
	"AADSTS90002":   {Configuration, "the tenant does not exist at this login endpoint: check the tenant id and the cloud"},
	"AADSTS90033":   {Transient, ""},
	"AADSTS90055":   {Throttled, ""},
}

// adviceNoIdentity is for a managed identity that nobody answers for.
const adviceNoIdentity = "there is no such managed identity here: turn it on for the function app, or configure an application"

// adviceAuditingOff is for the one error that has words and no code of its own
// ("Troubleshooting the Office 365 Management Activity API").
const adviceAuditingOff = "unified auditing is off in the tenant, or was turned on within the last hour: turn it on with Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $true"

// adviceUnauthorised is for a 401 that a new token did not cure and that names
// no reason.
const adviceUnauthorised = "the API refuses even a new token: check tenant, cloud and audience, and that the application permission ActivityFeed.Read has admin consent"

// adviceForbidden is for a 403 that is no throttling and names no reason.
const adviceForbidden = "the API forbids the call: check that the application permission ActivityFeed.Read has admin consent"

// adviceNotFound is for a 404 where the API always answers.
const adviceNotFound = "the API does not know the path: check the address of the API and the cloud"
