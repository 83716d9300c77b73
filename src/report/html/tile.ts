/** One of the few figures a reader looks for first. */
export interface Tile {
  name: string;
  value: string;
  /** Empty when there is none. */
  interval: string;
  meaning: string;
}
