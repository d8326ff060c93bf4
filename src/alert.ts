/** What an alert is about. */
export type AlertType =
  | 'low-credits'
  | 'critical-credits'
  | 'high-usage'
  | 'budget-threshold'
  | 'cost-threshold'
  | 'api-error'
  | 'model-degraded'
  | 'unusual-usage';

/** What an alert handler is given. */
export interface Alert {
  readonly id: string;
  readonly type: AlertType;
  readonly value: number;
  readonly threshold: number;
  readonly unit: string;
  readonly at: number;
  readonly message: string;
}
