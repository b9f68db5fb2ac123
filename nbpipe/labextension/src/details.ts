/** What takes longer to find than a plan, and is asked for once nobody types any more: all findings, the plan's text, the code. */

import type { Code, ProjectRequest, Remarks, RemarksRequest } from './documents';
import type { IServer } from './tokens';

/** Milliseconds without a newer plan after which it is asked for. */
const SETTLED = 500;

/** The generated code, with the ids of the notebook's cells as they were then. */
export interface IGenerated {
  code: Code;
  cells: readonly string[];
}

/** What is asked about. */
export interface ISubject {
  remarksRequest(): RemarksRequest;
  projectRequest(): ProjectRequest;
  cells(): readonly string[];
  /** Whether there is a plan, no newer one is being made, and nothing else writes the project. */
  ready(): boolean;
  /** Called when there is something new. */
  told(): void;
  /** Called with what went wrong. */
  failed(error: unknown): void;
}

export class Details {
  /** Of the latest plan, or of one shortly before. */
  remarks: Remarks | null = null;
  generated: IGenerated | null = null;

  constructor(
    private readonly server: IServer,
    private readonly subject: ISubject
  ) {}

  /** Ask when nothing has changed for a while. */
  settleSoon(): void {
    clearTimeout(this._settling);
    this._settling = setTimeout(() => void this.settle(), SETTLED);
  }

  dispose(): void {
    clearTimeout(this._settling);
  }

  /** Keep the code that of the plan from now on, until the returned function is called. */
  watchCode(): () => void {
    this._watchers += 1;
    if (this.subject.ready()) {
      void this.loadCode();
    }
    return () => {
      this._watchers -= 1;
    };
  }

  /** The files were written: what the folder has is another matter now. */
  forget(): void {
    this._codeKey = '';
    this._remarksKey = '';
    this.settleSoon();
  }

  async loadRemarks(): Promise<void> {
    const request = this.subject.remarksRequest();
    const key = JSON.stringify(request);
    if (key !== this._remarksKey) {
      this.remarks = await this.server.remarks(request);
      this._remarksKey = key;
      this.subject.told();
    }
  }

  private async loadCode(): Promise<void> {
    const request = this.subject.projectRequest();
    const key = JSON.stringify(request);
    if (key === this._codeKey) {
      return;
    }
    const cells = this.subject.cells();
    this._codeKey = key;
    try {
      this.generated = { code: await this.server.code(request), cells };
      this.subject.told();
    } catch (error) {
      this.subject.failed(error);
    }
  }

  private async settle(): Promise<void> {
    if (!this.subject.ready()) {
      return;
    }
    try {
      await this.loadRemarks();
    } catch {
      return; // a later question took the place of this one, or the plan says what is wrong
    }
    if (this._watchers) {
      await this.loadCode();
    }
  }

  private _codeKey = '';
  private _remarksKey = '';
  private _settling: ReturnType<typeof setTimeout> | undefined;
  private _watchers = 0;
}
