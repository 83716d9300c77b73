/** Figures of a report as people read them. The first column names the row. */
export interface Table {
  title: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
  /** What must not be missed beside the figures, each a sentence. */
  notes: readonly string[];
}
