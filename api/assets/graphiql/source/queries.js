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
  `# Causes that came back:
# what was the state of the earlier work when the later incident began?
query CameBack {
  rootCauses(filter: { isRecurrence: true }, first: 20) {
    totalCount
    nodes {
      title
      recurrenceKind
      report {
        key
        incident {
          key
          startedAt
        }
      }
      recurrenceOf {
        title
        report {
          key
        }
        recommendations {
          nodes {
            key
            title
            status
            dueOn
          }
        }
      }
    }
  }
}
`,
  `# What you owe, the soonest due first.
query Mine {
  viewer {
    user {
      name
    }
    actionItems(filter: { isOpen: true }, first: 20) {
      nodes {
        __typename
        key
        title
        dueOn
        isOverdue
        url
      }
    }
  }
}
`,
].map((query) => ({ query }));
