// What a visitor finds in the tabs. The questions are those the product exists to answer.
export const tabs = [
  `# Overdue recommendations, soonest due first:
# who owns them, and which root causes does each treat?
query Overdue {
  recommendations(
    filter: { isOverdue: true }
    orderBy: { field: DUE_ON, direction: ASC }
    first: 20
  ) {
    totalCount
    nodes {
      key
      title
      dueOn
      daysOverdue
      priority
      owner {
        name
      }
      team {
        name
      }
      rootCauses(first: 3) {
        nodes {
          title
        }
      }
      report {
        key
        title
      }
      incident {
        key
        severity
      }
    }
  }
}
`,
  `# Causes that keep coming back:
# how often, and is anything open against them?
query Recurring {
  recurringCauses(first: 10) {
    occurrences
    preventableOccurrences
    openRecommendations
    lastOccurredAt
    cause {
      title
      report {
        key
        title
      }
    }
    incidents {
      key
      title
      severity
    }
  }
}
`,
].map((query) => ({ query }));
