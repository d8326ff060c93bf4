export interface Column<Row> {
  readonly title: string;
  readonly width: number;
  readonly isRight?: boolean;
  readonly of: (row: Row) => string;
}

/** A plain text table; what is too long is cut with an ellipsis. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => {
        const { width = 10, isRight } = columns[index] ?? {};
        return isRight === true ? alignRight(cell, width) : pad(cell, width);
      })
      .join('  ')
      .trimEnd();
  return [
    line(columns.map((column) => column.title)),
    line(columns.map((column) => '─'.repeat(column.width))),
    ...rows.map((row) => line(columns.map((column) => column.of(row)))),
  ].join('\n');
}

function pad(text: string, width: number): string {
  const cut = cutTo(text, width);
  return cut + ' '.repeat(Math.max(0, width - displayWidth(cut)));
}

function alignRight(text: string, width: number): string {
  const cut = cutTo(text, width);
  return ' '.repeat(Math.max(0, width - displayWidth(cut))) + cut;
}

function cutTo(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let cut = '';
  for (const character of text) {
    if (displayWidth(cut + character) > width - 1) break;
    cut += character;
  }
  return `${cut}…`;
}

/** Columns on a terminal: East Asian wide characters take two. */
function displayWidth(text: string): number {
  let width = 0;
  for (const character of text)
    width += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]/.test(
      character,
    )
      ? 2
      : 1;
  return width;
}
