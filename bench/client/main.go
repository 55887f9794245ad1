// Command client makes the loads that wrk cannot: a new TLS connection for each
// request, a fixed rate, pulls and publishes as the notary client makes them, idle
// connections. It reads one job as JSON from standard input, writes "ready\n" when its
// idle connections are open, and at the end one result as JSON.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"sync"
	"time"
)

type job struct {
	Kind         string // get, pull, publish, mix or idle
	Address      string
	CA           string
	Token        string
	Connections  int
	Seconds      float64
	Rate         float64 // operations per second; 0: as fast as answers come
	Reconnect    bool    // a new connection for each request
	Resume       bool    // with the session of an earlier one
	Expect       int     // the status of a good answer
	Paths        []string
	Repositories []string
	Uploads      []*uploads
	Publishing   float64 // the share of publishes in a mix
	Once         bool    // every path once, in order
}

type result struct {
	Operations int
	Requests   int
	Seconds    float64
	Failures   int
	Failure    string
	P50, P99   float64 // milliseconds
	Resumed    int
	Positions  []int
}

func main() {
	var todo job
	if err := json.NewDecoder(bufio.NewReader(os.Stdin)).Decode(&todo); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	done, err := run(&todo)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(done)
}

func run(todo *job) (*result, error) {
	for _, each := range todo.Uploads {
		if err := each.load(); err != nil {
			return nil, err
		}
	}
	target, err := newTarget(todo)
	if err != nil {
		return nil, err
	}
	if todo.Kind == "idle" {
		return idle(todo, target)
	}
	return load(todo, target), nil
}

// load runs the operations of all connections and adds up what they saw.
func load(todo *job, target *target) *result {
	pace := newPace(todo)
	workers := make([]*worker, todo.Connections)
	var all sync.WaitGroup
	for number := range workers {
		workers[number] = newWorker(number, todo, target)
		all.Add(1)
		go func(each *worker) {
			defer all.Done()
			each.work(pace)
		}(workers[number])
	}
	all.Wait()
	return sum(todo, workers, time.Since(pace.start))
}

func sum(todo *job, workers []*worker, took time.Duration) *result {
	total := &result{Seconds: took.Seconds()}
	var latencies []time.Duration
	for _, each := range workers {
		latencies = append(latencies, each.latencies...)
		total.Requests += each.requests
		total.Resumed += each.resumed
		total.Failures += each.failures
		if each.failure != nil {
			total.Failure = each.failure.Error()
		}
	}
	for _, each := range todo.Uploads {
		total.Positions = append(total.Positions, each.From)
	}
	total.Operations = len(latencies)
	sort.Slice(latencies, func(a, b int) bool { return latencies[a] < latencies[b] })
	total.P50, total.P99 = quantile(latencies, 0.5), quantile(latencies, 0.99)
	return total
}

func quantile(sorted []time.Duration, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	at := int(share * float64(len(sorted)))
	return sorted[at].Seconds() * 1000
}
