export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** RFC 3339 time in UTC. */
  DateTime: { input: string; output: string | Date; }
  /** Any JSON value. */
  JSON: { input: unknown; output: unknown; }
  /** A Kubernetes quantity, such as "4Gi" or "500m"; canonical on output. */
  Quantity: { input: string; output: string; }
};

/** Anything with an id that is unique across all types. */
export type Node = {
  id: Scalars['ID']['output'];
};

/** Where a page of a connection lies (Relay). */
export type PageInfo = {
  endCursor?: Maybe<Scalars['String']['output']>;
  hasNextPage: Scalars['Boolean']['output'];
  hasPreviousPage: Scalars['Boolean']['output'];
  startCursor?: Maybe<Scalars['String']['output']>;
};

export type Query = {
  /** The object with this id, or null where there is none that the caller may see. */
  node?: Maybe<Node>;
};


export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
};
