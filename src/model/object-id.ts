/** What stays the same of an object across API versions, kinds and re-creations. */
export interface ObjectId {
  readonly group: string;
  readonly resource: string;
  /** '' for a cluster-scoped object. */
  readonly namespace: string;
  readonly name: string;
}
