/** The latest verification of a notebook: followed while it runs, and found again after a reload of the page. */

import type { JobView } from './documents';
import type { IServer } from './tokens';

export class Run {
  job: JobView | null = null;
  /** What the job said. */
  messages: readonly string[] = [];

  /** `told` is called whenever the job has said something; `gone` says that nobody wants to know any more. */
  constructor(
    private readonly server: IServer,
    private readonly told: () => void,
    private readonly gone: () => boolean
  ) {}

  /** Whether it is under way. */
  get active(): boolean {
    return this.job !== null && (this.job.state === 'queued' || this.job.state === 'running');
  }

  /** Take in what a job says until it is over; throws what went wrong with it. */
  async follow(started: JobView): Promise<void> {
    let job = started;
    this.take(job, job.messages);
    while (this.active && !this.gone()) {
      const next = await this.server.job(job.id, job.next);
      if (this.job?.id !== job.id) {
        return; // another one was begun
      }
      job = next;
      this.take(job, [...this.messages, ...job.messages]);
    }
    if (job.state === 'failed') {
      throw new Error(job.error);
    }
  }

  /** Find the latest one of the notebook at a path, with all that it said. */
  async resume(path: string): Promise<void> {
    const latest = (await this.server.jobs(path)).jobs[0];
    if (latest && !this.active) {
      await this.follow({ ...latest, next: 0, messages: [], result: null, state: 'running' });
    }
  }

  async cancel(): Promise<void> {
    if (this.job) {
      await this.server.cancel(this.job.id);
    }
  }

  /** The report: a page of HTML. */
  async report(): Promise<string> {
    return this.job ? (await this.server.report(this.job.id)).html : '';
  }

  private take(job: JobView, messages: readonly string[]): void {
    this.job = job;
    this.messages = messages;
    this.told();
  }
}
