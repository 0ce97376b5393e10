// What an application does with the generated types.
import type { CommentMutationVariables, ItemFragment, MineQuery, OverdueQuery, OverdueQueryVariables } from "./graphql";

const variables: OverdueQueryVariables = { first: 50 };
const comment: CommentMutationVariables = { input: { subjectId: "rec_01jeg8zm80eanvp89akc403jsg", body: "Seen." } };

const line = (item: ItemFragment): string =>
  `${item.key} ${item.status} ${item.dueOn ?? "no date"} ${item.owner?.name ?? "nobody"} ${item.title}`;

const next = (answer: OverdueQuery): OverdueQueryVariables | undefined =>
  answer.recommendations.pageInfo.hasNextPage ? { ...variables, after: answer.recommendations.pageInfo.endCursor } : undefined;

const urgent = (answer: MineQuery): string[] =>
  answer.viewer.actionItems.nodes.flatMap((item) => (item.__typename === "Recommendation" && item.priority === "P0" ? [item.key] : []));

export { comment, line, next, urgent };
