import type { TaskShare } from '../ability.js';
import type { TaskType } from '../../types.js';
import type { Segment } from '../router.js';

const TASK = 'task:';
const TAG = 'tag:';
/** Tags of a call that are learned from; the rest are not looked at. */
const MOST_TAGS = 8;
const LONGEST_TAG = 200;

/** The segments of an ask, coarse before fine: the tasks it may be, the tags of the call. */
export function segmentsOf(tasks: readonly TaskShare[], tags: readonly string[] = []): readonly Segment[] {
  const segments: Segment[] = tasks.map(([task, share]) => taskSegment(task, share));
  for (const tag of new Set(tags.slice(0, MOST_TAGS))) {
    if (tag.length <= LONGEST_TAG) segments.push({ key: TAG + tag, share: 1 });
  }
  return segments;
}

export function taskSegment(task: TaskType, share: number): Segment {
  return { key: TASK + task, share };
}

export function isTask(key: string): boolean {
  return key.startsWith(TASK);
}

/** The tasks among the segments of an ask. */
export function tasksOf(segments: readonly Segment[]): readonly TaskShare[] {
  return segments
    .filter(({ key }) => isTask(key))
    .map(({ key, share }) => [key.slice(TASK.length) as TaskType, share]);
}
