/** Asking the server: its token, XSRF check and base URL are those of JupyterLab's own requests. */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type {
  Code,
  ConversionDocument,
  JobList,
  JobView,
  PlanRequest,
  ProjectRequest,
  Proposal,
  Remarks,
  RemarksRequest,
  Report,
  Version
} from './documents';
import type { IServer } from './tokens';

/** Seconds that a question about a job waits for news. */
const WAIT = 20;

/** The server extension did not answer as it should: it is off, or of another version. */
export class NotThereError extends Error {}

/** The server over HTTP. */
export class Server implements IServer {
  constructor(private readonly settings: ServerConnection.ISettings) {}

  version(): Promise<Version> {
    return this.ask('version');
  }

  plan(request: PlanRequest): Promise<Proposal> {
    return this.ask('plan', 'POST', request);
  }

  remarks(request: RemarksRequest): Promise<Remarks> {
    return this.ask('remarks', 'POST', request);
  }

  code(request: ProjectRequest): Promise<Code> {
    return this.ask('code', 'POST', request);
  }

  convert(request: ProjectRequest): Promise<ConversionDocument> {
    return this.ask('convert', 'POST', request);
  }

  start(request: ProjectRequest): Promise<JobView> {
    return this.ask('jobs', 'POST', request);
  }

  jobs(path: string): Promise<JobList> {
    return this.ask(`jobs?path=${encodeURIComponent(path)}`);
  }

  job(id: string, since: number): Promise<JobView> {
    return this.ask(`jobs/${id}?since=${since}&wait=${WAIT}`);
  }

  cancel(id: string): Promise<JobView> {
    return this.ask(`jobs/${id}`, 'DELETE');
  }

  report(id: string): Promise<Report> {
    return this.ask(`jobs/${id}/report`);
  }

  private async ask<T>(route: string, method = 'GET', body?: object): Promise<T> {
    const url = URLExt.join(this.settings.baseUrl, 'nbpipe', route);
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await ServerConnection.makeRequest(url, init, this.settings);
    const answer = parsed(await response.text());
    if (response.ok && answer !== undefined) {
      return answer as T;
    }
    const message = (answer as { message?: unknown } | undefined)?.message;
    if (typeof message === 'string' && message) {
      throw new Error(message);
    }
    if (response.status === 404) {
      throw new NotThereError(
        'The server extension of nbpipe is not enabled: install nbpipe where the Jupyter server runs, and start the server again.'
      );
    }
    throw new Error(`The server answered ${response.status} ${response.statusText}.`);
  }
}

/** The JSON in a text; `undefined` where a proxy or an old server answered with a page. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
