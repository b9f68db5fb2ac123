/** What the parts of the extension agree on. */

import type {
  Code,
  ConversionDocument,
  Edit,
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

/** The extension's id: the name of the package, and of the file in `schema/`. */
export const PLUGIN_ID = 'nbpipe:plugin';

/** The commands. */
export const CommandIDs = {
  open: 'nbpipe:open',
  split: 'nbpipe:split',
  leaveOut: 'nbpipe:leave-out',
  addParameter: 'nbpipe:add-parameter'
} as const;

/** The form of the server's answers that this page understands. */
export const FORMAT = 1;

/** A cell as it is sent: without its outputs. */
export interface ICellContent {
  cell_type: string;
  id: string;
  source: string;
  metadata: object;
  outputs?: [];
  execution_count?: null;
}

/** A notebook as it is sent, in nbformat 4. */
export interface INotebookContent {
  cells: ICellContent[];
  metadata: object;
  nbformat: number;
  nbformat_minor: number;
}

/** A notebook that is open: where it lies on the server, and what it holds now, edits that are not saved included. */
export interface ISource {
  readonly path: string;
  content(): INotebookContent;
}

/** The server's half of nbpipe. Each of its answers may be an error with a sentence for the person. */
export interface IServer {
  version(): Promise<Version>;
  plan(request: PlanRequest): Promise<Proposal>;
  remarks(request: RemarksRequest): Promise<Remarks>;
  code(request: ProjectRequest): Promise<Code>;
  convert(request: ProjectRequest): Promise<ConversionDocument>;
  start(request: ProjectRequest): Promise<JobView>;
  jobs(path: string): Promise<JobList>;
  /** A job with what it said since then, as soon as there is something new. */
  job(id: string, since: number): Promise<JobView>;
  cancel(id: string): Promise<JobView>;
  report(id: string): Promise<Report>;
}

/** What a person made of a notebook's pipeline, and what they want to have made of it. */
export interface IWork {
  edits: readonly Edit[];
  /** Where the project is written, in the server's folder; empty means beside the notebook, by the package's name. */
  folder: string;
  target: string;
}

/** Where a person's work is kept, so that it is there again after a reload of the page. */
export interface IWorkStore {
  load(path: string): Promise<Partial<IWork>>;
  save(path: string, work: IWork): Promise<void>;
}
