// What was done since fuzzBegin.

export let executions: u64;
export let disagreements: u64;

export function resetTotals(): void {
  executions = 0;
  disagreements = 0;
}

export function addExecution(): void {
  executions++;
}

export function addDisagreement(): void {
  disagreements++;
}
