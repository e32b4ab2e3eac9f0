%% The local workloads of test/bench/local.ts on Erlang's own actors, for the ratio in the same run.
%% usage: escript local.erl WORKLOAD COUNT   prints {"count":N,"wallMs":W,"cpuMs":C}
-module(local).
-mode(compile).
-export([main/1]).

main([Workload, CountText]) ->
    Count = list_to_integer(CountText),
    run(Workload, max(1000, Count div 10)),
    {_, _} = statistics(runtime),
    Start = erlang:monotonic_time(microsecond),
    Done = run(Workload, Count),
    WallUs = erlang:monotonic_time(microsecond) - Start,
    {_, CpuMs} = statistics(runtime),
    io:format("{\"count\":~p,\"wallMs\":~.3f,\"cpuMs\":~p}~n", [Done, WallUs / 1000, CpuMs]).

run("pingPong", Count) ->
    Self = self(),
    Ponger = spawn_link(fun() -> ponger() end),
    spawn_link(fun() -> Ponger ! {ping, self(), 0}, pinger(Ponger, Count div 2, Self) end),
    receive done -> ok end,
    unlink(Ponger), exit(Ponger, kill),
    Count;
run("ring", Count) ->
    Self = self(),
    Last = spawn_link(fun() -> ring_last(Self) end),
    First = lists:foldl(fun(_, Next) -> spawn_link(fun() -> ring(Next) end) end, Last, lists:seq(1, 99)),
    Last ! {first, First},
    First ! {token, Count},
    receive done -> ok end,
    Count;
run("fanIn", Count) ->
    Self = self(),
    Consumer = spawn_link(fun() -> consumer(Count, Self) end),
    [spawn_link(fun() -> producer(Consumer, Count div 8) end) || _ <- lists:seq(1, 8)],
    receive done -> ok end,
    Count;
run("ask", Count) ->
    Server = spawn_link(fun() -> server() end),
    ask(Server, Count),
    unlink(Server), exit(Server, kill),
    Count;
run("spawnStop", Count) ->
    spawn_stop(Count),
    Count.

ponger() -> receive {ping, From, N} -> From ! {pong, N}, ponger() end.
pinger(_, 0, Parent) -> Parent ! done;
pinger(Ponger, Left, Parent) ->
    receive {pong, N} -> Ponger ! {ping, self(), N + 1}, pinger(Ponger, Left - 1, Parent) end.

ring_last(Parent) ->
    receive
        {first, First} -> put(first, First), ring_last(Parent);
        {token, N} when N =< 0 -> Parent ! done;
        {token, N} -> get(first) ! {token, N - 1}, ring_last(Parent)
    end.
ring(Next) ->
    receive
        {token, N} when N =< 0 -> Next ! {token, N};
        {token, N} -> Next ! {token, N - 1}, ring(Next)
    end.

consumer(0, Parent) -> Parent ! done;
consumer(Left, Parent) -> receive {item, _} -> consumer(Left - 1, Parent) end.
producer(_, 0) -> ok;
producer(Consumer, Left) -> Consumer ! {item, Left}, producer(Consumer, Left - 1).

%% As gen_server:call does it: a monitor for each call, and a timeout that is armed.
server() -> receive {call, From, Ref, N} -> From ! {Ref, N}, server() end.
ask(_, 0) -> ok;
ask(Server, Left) ->
    Ref = erlang:monitor(process, Server),
    Server ! {call, self(), Ref, Left},
    receive {Ref, _} -> erlang:demonitor(Ref, [flush]) after 5000 -> exit(timeout) end,
    ask(Server, Left - 1).

spawn_stop(0) -> ok;
spawn_stop(Left) ->
    {Pid, Ref} = spawn_monitor(fun() -> receive stop -> ok end end),
    Pid ! stop,
    receive {'DOWN', Ref, process, Pid, _} -> ok end,
    spawn_stop(Left - 1).
