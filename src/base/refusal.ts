import { systemErrorCode } from './errors.ts';

/** What the system means, and what helps. */
interface Refusal {
  text: string;
  remedy: string;
}

const FULL = 'Free some space, or write elsewhere.';
const RIGHTS = 'Check owner and permissions, or name another place.';
const FILES = 'Raise the limit (ulimit -n), or ask for less at a time.';
const PATH = 'Correct the path.';

const REFUSALS: Readonly<Record<string, Refusal>> = {
  ENOSPC: { text: 'the disk is full', remedy: FULL },
  EDQUOT: { text: 'the disk quota is used up', remedy: FULL },
  EFBIG: { text: 'the file would be larger than its limit', remedy: 'Raise it (ulimit -f).' },
  EIO: { text: 'the disk fails', remedy: 'Write elsewhere, and look at the system log.' },
  EROFS: { text: 'the file system is read-only', remedy: 'Name another place.' },
  EACCES: { text: 'permission denied', remedy: RIGHTS },
  EPERM: { text: 'not permitted', remedy: RIGHTS },
  EMFILE: { text: 'too many open files', remedy: FILES },
  ENFILE: { text: 'too many open files on this machine', remedy: FILES },
  ENOENT: { text: 'no such file or folder', remedy: PATH },
  ENOTDIR: { text: 'a file stands where a folder should', remedy: PATH },
  EISDIR: { text: 'a folder is there', remedy: PATH },
  EEXIST: { text: 'it is there already', remedy: 'Name another file.' },
  ENAMETOOLONG: { text: 'the name is too long', remedy: PATH },
  ELOOP: { text: 'links lead in a circle', remedy: PATH },
  ENOBUFS: { text: 'the reader does not keep up', remedy: 'Read faster, or write to a file.' },
  EPIPE: { text: 'the reader is gone', remedy: 'Keep the reader open until the end.' },
};

/** What the file system or the process's limits refused; undefined for any other error. */
export function refusalOf(error: unknown): Refusal | undefined {
  return REFUSALS[systemErrorCode(error) ?? ''];
}
