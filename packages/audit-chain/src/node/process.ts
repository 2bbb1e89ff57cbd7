import { readFileSync } from 'node:fs';

/**
 * When a process began, by field 22 of /proc/PID/stat (proc_pid_stat(5)): a pid may be used again, a pid with its start time is not.
 *
 * @returns `-` where nobody can say: outside Linux, or when there is no such process, or only what its parent has not asked after yet
 */
export function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? '-' : (fields[18] ?? '-');
  } catch {
    return '-';
  }
}

/**
 * Tells whether a process of this machine is there and is the one that began then.
 *
 * @param started as `startTime` gave it; with `-` the pid alone counts
 */
export function isAlive(pid: number, started: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // A process of another user may not be signalled, but it is there.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return started === '-' || startTime(pid) === started;
}
