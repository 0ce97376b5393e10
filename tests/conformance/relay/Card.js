import { graphql } from "relay-runtime";

export const card = graphql`
  fragment Card_item on Recommendation
  @argumentDefinitions(causes: { type: "Int", defaultValue: 10 }, causesAfter: { type: "String" })
  @refetchable(queryName: "CardRefetchQuery") {
    key
    title
    dueOn
    daysOverdue
    owner {
      ...Card_person
    }
    report {
      id
      key
      rootCauses(first: $causes, after: $causesAfter) @connection(key: "Card_rootCauses") {
        edges {
          node {
            id
            title
          }
        }
      }
    }
  }
`;

export const person = graphql`
  fragment Card_person on User {
    id
    name
  }
`;

export const subject = graphql`
  fragment Card_subject on ActionItem @refetchable(queryName: "CardSubjectRefetchQuery") {
    __typename
    key
    ... on Report {
      lessonsLearned
    }
    ...Card_item @alias(as: "item")
  }
`;

export const accept = graphql`
  mutation CardAcceptMutation($input: AcceptRecommendationInput!) {
    acceptRecommendation(input: $input) {
      recommendation {
        ...Card_item
      }
    }
  }
`;

export const create = graphql`
  mutation CardCreateMutation($input: CreateRecommendationInput!, $connections: [ID!]!) {
    createRecommendation(input: $input) {
      recommendationEdge @appendEdge(connections: $connections) {
        node {
          id
          ...Card_item
        }
      }
    }
  }
`;

export const changes = graphql`
  subscription CardChangesSubscription {
    recommendationChanged {
      event {
        type
      }
      recommendation {
        ...Card_item
      }
    }
  }
`;
