// Two components as an application would write them: a page of a list, and one item that is fetched anew by its id.
import { graphql } from "relay-runtime";

export const board = graphql`
  query BoardQuery($first: Int!) {
    viewer {
      user {
        ...Card_person
      }
    }
    ...Board_items @arguments(first: $first)
  }
`;

export const items = graphql`
  fragment Board_items on Query
  @argumentDefinitions(first: { type: "Int", defaultValue: 20 }, after: { type: "String" })
  @refetchable(queryName: "BoardItemsPaginationQuery") {
    recommendations(first: $first, after: $after, filter: { isOverdue: true }) @connection(key: "Board_recommendations") {
      edges {
        node {
          id
          ...Card_item
        }
      }
    }
  }
`;
