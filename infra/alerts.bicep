// What somebody is told of, by e-mail. The README says what to do about each.
//
// The handler logs one line of JSON an entry; the Functions host passes each
// line on as a trace, so its text is in AppTraces.Message. A test runs the
// handler into each of these conditions and holds its lines to the queries.
//
// A rule that is evaluated every 15 minutes is of the cheapest kind, and none
// of this is a matter of minutes: what pull misses today it lists for a week.
param suffix string
param location string
param tags object
param workspaceId string
param email string

@description('What the rules look back on: four runs of pull at least.')
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
    description: 'Pull keeps failing. The line\'s "code" and "error" say why.'
    severity: 1
    // One failed run is made up for by the next.
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
    description: 'Pull has not come to an end lately, not even to a bad one: the app does not run, or its settings are faulty.'
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
    description: 'Events are missing for good: content was gone before it could be read, cannot be read, or was never listed.'
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
    description: 'Content is still pending and will expire within two days. After that it is lost.'
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
    description: 'Microsoft does not notify the app. Nothing is lost by it; events come a little later.'
    severity: 3
    // It may take a few runs until a new one is confirmed.
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
    autoMitigate: true // resolved when the condition is over, and told anew when it comes back
    // AppTraces is there only once the app has logged something.
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
