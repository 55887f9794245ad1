package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"sync/atomic"
	"time"
)

var errDone = errors.New("there is nothing more to send")

// pace says when the next operation is due, for all workers together.
type pace struct {
	start, end time.Time
	rate       float64
	issued     int64
}

func newPace(todo *job) *pace {
	start := time.Now()
	length := time.Duration(todo.Seconds * float64(time.Second))
	return &pace{start: start, end: start.Add(length), rate: todo.Rate}
}

// next waits until an operation is due, and tells when it was; a latency that counts
// from there has the time that a slow answer made later ones wait.
func (p *pace) next() (time.Time, bool) {
	due := time.Now()
	if p.rate > 0 {
		number := atomic.AddInt64(&p.issued, 1) - 1
		due = p.start.Add(time.Duration(float64(number) / p.rate * float64(time.Second)))
		time.Sleep(time.Until(due))
	}
	return due, due.Before(p.end)
}

// worker makes one operation after the other, and keeps what it saw.
type worker struct {
	number    int
	todo      *job
	target    *target
	link      *link
	random    *rand.Rand
	latencies []time.Duration
	requests  int
	resumed   int
	failures  int
	failure   error
}

func newWorker(number int, todo *job, target *target) *worker {
	random := rand.New(rand.NewSource(int64(number + 1)))
	return &worker{number: number, todo: todo, target: target, random: random}
}

func (w *worker) work(pace *pace) {
	defer w.hangUp()
	operation := w.operation()
	for {
		due, more := pace.next()
		if !more {
			return
		}
		err := operation()
		if err == errDone {
			return
		}
		if err != nil {
			w.failures++
			w.failure = err
			w.hangUp()
			continue
		}
		w.latencies = append(w.latencies, time.Since(due))
	}
}

func (w *worker) operation() func() error {
	switch w.todo.Kind {
	case "pull":
		return w.pull
	case "publish":
		return func() error { return w.publish(w.todo.Uploads[w.number]) }
	case "mix":
		return w.mixed
	}
	if w.todo.Once {
		return w.once
	}
	return w.get
}

func (w *worker) get() error {
	path := w.todo.Paths[w.random.Intn(len(w.todo.Paths))]
	_, err := w.ask("GET", path, nil)
	return err
}

func (w *worker) once() error {
	if w.number >= len(w.todo.Paths) {
		return errDone
	}
	path := w.todo.Paths[w.number]
	w.number += w.todo.Connections
	_, err := w.ask("GET", path, nil)
	return err
}

// mixed publishes now and then, to a repository that nobody else publishes to just now.
func (w *worker) mixed() error {
	if w.random.Float64() < w.todo.Publishing {
		first := w.random.Intn(len(w.todo.Uploads))
		for offset := range w.todo.Uploads {
			chosen := w.todo.Uploads[(first+offset)%len(w.todo.Uploads)]
			if chosen.lock.TryLock() {
				defer chosen.lock.Unlock()
				return w.visit(chosen)
			}
		}
	}
	return w.pull()
}

// visit is a publish with all that the notary client asks for before it.
func (w *worker) visit(to *uploads) error {
	base := "/v2/" + to.GUN + "/_trust/tuf/"
	for _, path := range []string{"/v2/", base + "root.json", base + "timestamp.json"} {
		if _, err := w.ask("GET", path, nil); err != nil {
			return err
		}
	}
	return w.publish(to)
}

func (w *worker) publish(to *uploads) error {
	body := to.next()
	if body == nil {
		return errDone
	}
	_, err := w.ask("POST", "/v2/"+to.GUN+"/_trust/tuf/", body)
	return err
}

// pull is what the notary client does when it has the root already.
func (w *worker) pull() error {
	gun := w.todo.Repositories[w.random.Intn(len(w.todo.Repositories))]
	base := "/v2/" + gun + "/_trust/tuf/"
	if _, err := w.ask("GET", "/v2/", nil); err != nil {
		return err
	}
	data, err := w.ask("GET", base+"timestamp.json", nil)
	for _, role := range []string{"snapshot", "targets"} {
		var sum string
		if err == nil {
			sum, err = checksum(data, role)
		}
		if err != nil {
			return err
		}
		data, err = w.ask("GET", base+role+"."+sum+".json", nil)
	}
	return err
}

func checksum(data []byte, role string) (string, error) {
	var file struct {
		Signed struct {
			Meta map[string]struct{ Hashes map[string]string }
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return "", err
	}
	sum, err := base64.StdEncoding.DecodeString(file.Signed.Meta[role].Hashes["sha256"])
	if err == nil && len(sum) == 0 {
		err = fmt.Errorf("no checksum of %s", role)
	}
	return hex.EncodeToString(sum), err
}
