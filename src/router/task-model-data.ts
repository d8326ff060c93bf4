import type { TaskModelData } from './task-model.js';
export const TASK_MODEL: TaskModelData = { bias: [], signals: [], gramStep: 1, gramBuckets: '', gramWeights: '' };
