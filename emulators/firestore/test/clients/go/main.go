// Calls the methods of Firestore with the official client.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/status"
)

type city struct {
	Name   string         `firestore:"name,omitempty"`
	People int            `firestore:"people"`
	Tags   []string       `firestore:"tags,omitempty"`
	Area   map[string]int `firestore:"area,omitempty"`
	At     time.Time      `firestore:"at,omitempty"`
}

var (
	cities *firestore.CollectionRef
	zurich *firestore.DocumentRef
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	client := must(firestore.NewClient(ctx, os.Getenv("PROJECT")))
	defer client.Close()
	cities = client.Collection("cities")
	zurich = cities.Doc("zurich")
	callWrites(ctx)
	callReads(ctx, client)
	callTransactions(ctx, client)
	callLists(ctx, client)
	listen(ctx)
	must(zurich.Delete(ctx))
	gone, _ := zurich.Get(ctx)
	fmt.Println("delete", gone.Exists())
	_, err := zurich.Delete(ctx, firestore.Exists)
	showRefusal("delete", err)
}

func callWrites(ctx context.Context) {
	must(cities.Doc("bern").Set(ctx, city{Name: "Bern", People: 140}))
	must(cities.Doc("basel").Set(ctx, city{Name: "Basel", People: 180}))
	must(zurich.Set(ctx, city{Name: "Zurich", People: 450, Tags: []string{"lake"}}))
	showCity(ctx, "set")
	_, err := zurich.Create(ctx, city{Name: "Zurich"})
	showRefusal("create", err)
	must(zurich.Update(ctx, []firestore.Update{{Path: "people", Value: 451}, {Path: "area.km2", Value: 88}}))
	showCity(ctx, "update")
	_, err = cities.Doc("missing").Update(ctx, []firestore.Update{{Path: "people", Value: 1}})
	showRefusal("update", err)
	change := map[string]any{"people": 452, "area": map[string]any{"km2": 1}}
	must(zurich.Set(ctx, change, firestore.Merge([]string{"people"})))
	showCity(ctx, "merge")
	must(zurich.Update(ctx, []firestore.Update{
		{Path: "people", Value: firestore.Increment(8)},
		{Path: "tags", Value: firestore.ArrayUnion("lake", "river")},
		{Path: "at", Value: firestore.ServerTimestamp},
		{Path: "area", Value: firestore.Delete},
	}))
	transformed := showCity(ctx, "transform")
	fmt.Println("transform", strings.Join(transformed.Tags, ","), transformed.At.Unix() > 0)
}

func callReads(ctx context.Context, client *firestore.Client) {
	missing, _ := cities.Doc("missing").Get(ctx)
	fmt.Println("get", must(zurich.Get(ctx)).Exists(), missing.Exists())
	all := must(client.GetAll(ctx, []*firestore.DocumentRef{zurich, cities.Doc("bern"), cities.Doc("missing")}))
	fmt.Println("getAll", ids(all[:2]), ids(all[2:]))
	large := cities.Where("people", ">", 150).OrderBy("people", firestore.Desc).Documents(ctx)
	var order []string
	for _, each := range must(large.GetAll()) {
		order = append(order, each.Ref.ID)
	}
	fmt.Println("query", strings.Join(order, ","))
	tagged := cities.Where("tags", "array-contains", "river").Limit(1)
	fmt.Println("query", ids(must(tagged.Documents(ctx).GetAll())))
	either := firestore.OrFilter{Filters: []firestore.EntityFilter{
		firestore.PropertyFilter{Path: "people", Operator: "==", Value: 140},
		firestore.PropertyFilter{Path: "name", Operator: "==", Value: "Zurich"},
	}}
	fmt.Println("or", ids(must(cities.WhereEntity(either).Documents(ctx).GetAll())))
	aggregation := cities.NewAggregationQuery().WithCount("n").WithSum("people", "sum").WithAvg("people", "avg")
	values := must(aggregation.Get(ctx))
	value := func(alias string) *firestorepb.Value { return values[alias].(*firestorepb.Value) }
	fmt.Println("aggregate", value("n").GetIntegerValue(), value("sum").GetIntegerValue(), value("avg").GetDoubleValue())
}

func callTransactions(ctx context.Context, client *firestore.Client) {
	before := 0
	check(client.RunTransaction(ctx, func(_ context.Context, transaction *firestore.Transaction) error {
		found, err := transaction.Get(zurich)
		if err != nil {
			return err
		}
		before = decode(found).People
		return transaction.Update(zurich, []firestore.Update{{Path: "people", Value: before + 1}})
	}))
	fmt.Println("transaction", before, decode(must(zurich.Get(ctx))).People)
	batch := client.Batch().Set(cities.Doc("geneva"), city{People: 200}).Delete(cities.Doc("basel"))
	must(batch.Commit(ctx))
	fmt.Println("batch", ids(must(cities.Documents(ctx).GetAll())))
	writer := client.BulkWriter(ctx)
	written := must(writer.Set(cities.Doc("lausanne"), city{People: 140}))
	refused := must(writer.Create(cities.Doc("bern"), city{People: 1}))
	writer.End()
	must(written.Results())
	_, err := refused.Results()
	showRefusal("batchWrite", err)
}

func callLists(ctx context.Context, client *firestore.Client) {
	var names []string
	for _, each := range must(cities.DocumentRefs(ctx).GetAll()) {
		names = append(names, each.ID)
	}
	slices.Sort(names)
	fmt.Println("listDocuments", strings.Join(names, ","))
	must(zurich.Collection("districts").Doc("1").Set(ctx, map[string]any{}))
	root := must(client.Collections(ctx).GetAll())
	below := must(zurich.Collections(ctx).GetAll())
	fmt.Println("listCollections", root[0].ID, below[0].ID)
}

func listen(ctx context.Context) {
	kinds := map[firestore.DocumentChangeKind]string{firestore.DocumentAdded: "added", firestore.DocumentModified: "modified"}
	snapshots := cities.Where("people", ">", 300).Snapshots(ctx)
	defer snapshots.Stop()
	for range 2 {
		change := must(snapshots.Next()).Changes[0]
		fmt.Println("listen", kinds[change.Kind], change.Doc.Ref.ID, decode(change.Doc).People)
		must(zurich.Update(ctx, []firestore.Update{{Path: "people", Value: 462}}))
	}
}

func showCity(ctx context.Context, method string) city {
	found := decode(must(zurich.Get(ctx)))
	area := "-"
	if found.Area != nil {
		area = fmt.Sprint(found.Area["km2"])
	}
	fmt.Println(method, found.Name, found.People, area)
	return found
}

func showRefusal(method string, err error) {
	fmt.Println(method, code.Code(status.Code(err)))
}

func decode(document *firestore.DocumentSnapshot) (found city) {
	check(document.DataTo(&found))
	return found
}

func ids(documents []*firestore.DocumentSnapshot) string {
	var names []string
	for _, each := range documents {
		names = append(names, each.Ref.ID)
	}
	slices.Sort(names)
	return strings.Join(names, ",")
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
