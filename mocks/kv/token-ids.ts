/** A run of token ids; plain arrays and typed arrays both qualify. */
export type TokenIds = ArrayLike<number>;
