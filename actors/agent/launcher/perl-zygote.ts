/**
 * The launcher process of choice: perl, which Debian and its children always have (perl-base).
 *
 * It forks, sets a process group, and execs, as a program in C would, and waits for all its children
 * itself. Measured for `/bin/true`, 16 at a time: 1.0 ms of CPU, of which the bare fork and exec are
 * 0.75, against 2.0 of the shell. It tells exit codes from signals, needs no quoting, and can give a
 * program any argv[0]. When it is killed, the exit codes of what it started are lost, and the agent
 * ends the programs.
 *
 * An order is four bytes of length and fields separated by NUL: container, launchedMs, sandbox,
 * program, the number of arguments, the arguments from argv[0] on, the environment as NAME=VALUE.
 */
import { Buffer } from 'node:buffer';
import { findProgram } from './shell-zygote.ts';
import type { LaunchOrder, ZygoteProgram } from './zygote.ts';

/** Exit codes of a child that is not yet its program, as shells have them. */
const SOURCE = String.raw`
$0 = 'messor-launcher';
# Whoever started the agent may have left it more files than it knows of; they are closed here.
for my $number (5 .. 1023) { open(my $file, '<&=', $number) }
# All of these close themselves when a program is executed, because their numbers are above $^F.
open(my $pipe, '>&=', 3) or die; open(my $journal, '>&=', 4) or die;
pipe(my $wake, my $signal) or die;
my ($open, $input, $woken, $finished, %running) = (1, '', 0, '');
$SIG{CHLD} = sub { syswrite($signal, '.') unless $woken++ };
$SIG{PIPE} = 'IGNORE';
# The numbers of errors, because their names would load a module into what is forked each time.
my ($ENOENT, $EINTR) = (2, 4);
sub report {
  my ($text, $offset) = ($_[0], 0);
  return if $text eq '';
  syswrite($journal, $text);
  while ($offset < length $text) {
    my $written = syswrite($pipe, $text, length($text) - $offset, $offset);
    if (defined $written) { $offset += $written } elsif ($! != $EINTR) { last }
  }
}
sub start {
  my ($id, $launched, $sandbox, $program, $count, @words) = split /\0/, $_[0], -1;
  my @arguments = splice @words, 0, $count;
  my $child = fork();
  return "x $id the launcher can't fork: $!\n" unless defined $child;
  if ($child) { $running{$child} = $id; return "s $id $child $launched\n" }
  setpgrp(0, 0);
  $SIG{CHLD} = $SIG{PIPE} = 'DEFAULT';
  my $fault = chdir($sandbox) ? '' : "can't enter its sandbox: $!";
  open(STDIN, '<', '/dev/null');
  open(STDOUT, '>>', 'stdout') or $fault ||= "can't write to stdout in its sandbox: $!";
  open(STDERR, '>>', 'stderr') or $fault ||= "can't write to stderr in its sandbox: $!";
  if ($fault eq '') {
    %ENV = map { split /=/, $_, 2 } @words;
    $ENV{PWD} = $sandbox unless exists $ENV{PWD};
    { no warnings; exec { $program } @arguments }
    my $missing = $! == $ENOENT;
    print STDERR "messor: can't execute $program: $!\n";
    exit($missing ? 127 : 126);
  }
  report("x $id $fault\n");
  exit 125;
}
while ($open || %running) {
  my $ready = '';
  vec($ready, fileno(STDIN), 1) = 1 if $open;
  vec($ready, fileno($wake), 1) = 1;
  # perl runs a handler between two of its steps, so not for a signal that comes as select begins.
  next if select($ready, undef, undef, %running ? 0.1 : undef) < 0;
  my $text = '';
  if (vec($ready, fileno($wake), 1)) {
    sysread($wake, my $ignored, 4096);
    $woken = 0;
  }
  while ((my $child = waitpid(-1, 1)) > 0) {
    my $id = delete $running{$child};
    kill 'KILL', -$child;
    my ($signal, $code) = ($? & 127, $? >> 8);
    $text .= $signal ? "e $id signal $signal\n" : "e $id exit $code\n";
  }
  if ($open && vec($ready, fileno(STDIN), 1)) {
    my $count = sysread(STDIN, $input, 65536, length $input);
    if (!$count) { unless (!defined $count && $! == $EINTR) { $open = 0; $finished = "q\n" } }
    my $offset = 0;
    while (length($input) - $offset >= 4) {
      my $length = unpack 'N', substr($input, $offset, 4);
      last if length($input) - $offset - 4 < $length;
      $text .= start(substr $input, $offset + 4, $length);
      $offset += 4 + $length;
    }
    $input = substr $input, $offset;
  }
  report($text . $finished);
  $finished = '';
}
`;

export function perlZygote(find = findProgram): ZygoteProgram | undefined {
  const perl = find('perl');
  if (perl === undefined) return undefined;
  return { executable: perl, arguments: ['-e', SOURCE], preamble: '', encode };
}

function encode(order: LaunchOrder): Buffer {
  const { shell, value, arguments: words } = order.command;
  const program = shell ? '/bin/sh' : value;
  const list = shell ? ['sh', '-c', value] : words.length === 0 ? [value] : words;
  const fields = [
    order.containerId,
    String(Math.trunc(order.launchedMs)),
    order.sandbox,
    program,
    String(list.length),
    ...list,
    ...order.environment.map(({ name, value }) => `${name}=${value}`),
  ];
  const text = fields.join('\0');
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(4 + length);
  frame.writeUInt32BE(length, 0);
  frame.write(text, 4);
  return frame;
}
