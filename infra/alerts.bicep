// The alerts that are sent by e-mail. docs/operate.md says what to do about each.
//
// The handler logs one JSON object a line. The Functions host passes each line
// on as a trace, so its text is in AppTraces.Message. A test brings the handler
// into each of these conditions and runs the queries on its log.
//
// The rules are evaluated every 15 minutes, which is the cheapest kind. Nothing
// here is urgent: pull can list missed content for seven days.
param suffix string
param location string
param tags object
param workspaceId string
param email string

@description('How far the rules look back: at least four runs of pull.')
param window string

resource recipients 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'labeltrail'
    emailReceivers: [{ name: 'operator', emailAddress: email, useCommonAlertSchema: true }]
  }
}

var rules = [
  {
    name: 'pull-failing'
    description: 'Pull keeps failing. "code" and "error" in the log line say why.'
    severity: 1
    // A single failed run does not matter: the next run does its work.
    threshold: 3
    operator: 'GreaterThanOrEqual'
    query: '''
      AppTraces
      | extend line = parse_json(Message)
      | where tostring(line.msg) == 'pull' and tostring(line.level) == 'ERROR'
    '''
  }
  {
    name: 'pull-silent'
    description: 'No run of pull has ended lately, not even with an error: the app does not run, or its settings are invalid.'
    severity: 1
    threshold: 1
    operator: 'LessThan'
    query: '''
      AppTraces
      | extend line = parse_json(Message)
      | where tostring(line.msg) == 'pull'
    '''
  }
  {
    name: 'content-lost'
    description: 'Events are missing for good: a content blob was gone before it could be read, cannot be read, or was never listed.'
    severity: 1
    threshold: 1
    operator: 'GreaterThanOrEqual'
    query: '''
      AppTraces
      | extend line = parse_json(Message)
      | where tostring(line.msg) in ('content lost', 'content unreadable', 'contents no longer listed')
    '''
  }
  {
    name: 'content-expiring'
    description: 'A content blob is still pending and will expire within two days. After that it is lost.'
    severity: 2
    threshold: 1
    operator: 'GreaterThanOrEqual'
    query: '''
      AppTraces
      | extend line = parse_json(Message)
      | where tostring(line.msg) == 'contents near their expiration'
    '''
  }
  {
    name: 'webhook-down'
    description: 'Microsoft does not notify the app. Nothing is lost; events arrive a little later.'
    severity: 3
    // A new webhook may need a few runs until Microsoft confirms it.
    threshold: 3
    operator: 'GreaterThanOrEqual'
    query: '''
      AppTraces
      | extend line = parse_json(Message)
      | where tostring(line.msg) == 'webhook down'
    '''
  }
]

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for rule in rules: {
  name: 'labeltrail-${rule.name}-${suffix}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'labeltrail ${rule.name}'
    description: rule.description
    severity: rule.severity
    enabled: true
    scopes: [workspaceId]
    evaluationFrequency: 'PT15M'
    windowSize: window
    autoMitigate: true // resolves when the condition ends, and fires again when it returns
    // The table AppTraces does not exist until the app has logged something.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: rule.query
          timeAggregation: 'Count'
          operator: rule.operator
          threshold: rule.threshold
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: [recipients.id] }
  }
}]
