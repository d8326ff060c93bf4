/** A labelled prompt and what was made of it. */
export interface LabelledTask {
  readonly label: string;
  /** Labels that a reader would also allow. */
  readonly accept: readonly string[];
  readonly predicted: string;
}

export interface TaskAccuracy {
  readonly n: number;
  /** Share predicted as labelled. */
  readonly strict: number;
  /** Share predicted as labelled, or as one of the labels that are also allowed. */
  readonly lenient: number;
  /** Mean of F1 over the labels that occur. */
  readonly macroF1: number;
}

export interface LabelAccuracy {
  readonly label: string;
  readonly n: number;
  /** Share of the label's prompts predicted as labelled: its recall. */
  readonly strict: number;
  readonly lenient: number;
  /** Share of what was predicted so that is labelled so; `NaN` where nothing was. */
  readonly precision: number;
  readonly f1: number;
}

/** `NaN` throughout where there are no tasks. */
export function taskAccuracy(tasks: readonly LabelledTask[]): TaskAccuracy {
  const byLabel = labelAccuracies(tasks);
  const share = (isRight: (task: LabelledTask) => boolean): number =>
    tasks.filter(isRight).length / tasks.length;
  return {
    n: tasks.length,
    strict: share(isStrict),
    lenient: share(isLenient),
    macroF1: byLabel.reduce((sum, { f1 }) => sum + f1, 0) / byLabel.length,
  };
}

/** The labels that occur, in the order of their names. */
export function labelAccuracies(tasks: readonly LabelledTask[]): readonly LabelAccuracy[] {
  const predictions = new Map<string, number>();
  for (const { predicted } of tasks) predictions.set(predicted, (predictions.get(predicted) ?? 0) + 1);
  return groupedBy(tasks, ({ label }) => label).map(([label, own]) => {
    const right = own.filter(isStrict).length;
    const predicted = predictions.get(label) ?? 0;
    return {
      label,
      n: own.length,
      strict: right / own.length,
      lenient: own.filter(isLenient).length / own.length,
      precision: right / predicted,
      f1: (2 * right) / (own.length + predicted),
    };
  });
}

/** The items by a text, in the order of the texts. */
export function groupedBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): readonly (readonly [key: string, items: readonly Item[]])[] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

function isStrict({ label, predicted }: LabelledTask): boolean {
  return predicted === label;
}

function isLenient(task: LabelledTask): boolean {
  return isStrict(task) || task.accept.includes(task.predicted);
}
