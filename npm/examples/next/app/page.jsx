import { Compare } from './compare';

export default function Page() {
  return <Compare />;
}
