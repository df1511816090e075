// Calls the methods of Firestore with the official client.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/status"
)

type fields = map[string]any

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
	other := firestore.LastUpdateTime(must(cities.Doc("bern").Get(ctx)).UpdateTime)
	_, err := zurich.Delete(ctx, other)
	showRefusal("delete", err)
	must(zurich.Delete(ctx))
	gone, _ := zurich.Get(ctx)
	fmt.Println("delete", gone.Exists())
}

func callWrites(ctx context.Context) {
	must(cities.Doc("bern").Set(ctx, fields{"name": "Bern", "people": 140}))
	must(cities.Doc("basel").Set(ctx, fields{"name": "Basel", "people": 180}))
	must(zurich.Set(ctx, fields{"name": "Zurich", "people": 450, "tags": []string{"lake"}}))
	showCity(ctx, "set")
	_, err := zurich.Create(ctx, fields{"name": "Zurich"})
	showRefusal("create", err)
	must(zurich.Update(ctx, []firestore.Update{{Path: "people", Value: 451}, {Path: "area.km2", Value: 88}}))
	showCity(ctx, "update")
	_, err = cities.Doc("missing").Update(ctx, []firestore.Update{{Path: "people", Value: 1}})
	showRefusal("update", err)
	change := fields{"people": 452, "area": fields{"km2": 1}}
	must(zurich.Set(ctx, change, firestore.Merge([]string{"people"})))
	showCity(ctx, "merge")
	must(zurich.Update(ctx, []firestore.Update{
		{Path: "people", Value: firestore.Increment(8)},
		{Path: "tags", Value: firestore.ArrayUnion("lake", "river")},
		{Path: "at", Value: firestore.ServerTimestamp},
		{Path: "area", Value: firestore.Delete},
	}))
	transformed := showCity(ctx, "transform")
	fmt.Println("transform", len(transformed["tags"].([]any)), transformed["at"].(time.Time).Unix() > 0)
}

func callReads(ctx context.Context, client *firestore.Client) {
	missing, _ := cities.Doc("missing").Get(ctx)
	fmt.Println("get", must(zurich.Get(ctx)).Exists(), missing.Exists())
	all := must(client.GetAll(ctx, []*firestore.DocumentRef{cities.Doc("bern"), zurich, cities.Doc("missing")}))
	fmt.Println("getAll", ids(all[:2]), ids(all[2:]))
	large := cities.Where("people", ">", 150).OrderBy("people", firestore.Desc).Documents(ctx)
	fmt.Println("query", ids(must(large.GetAll())))
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
	var before int64
	check(client.RunTransaction(ctx, func(_ context.Context, transaction *firestore.Transaction) error {
		found, err := transaction.Get(zurich)
		if err != nil {
			return err
		}
		before = found.Data()["people"].(int64)
		return transaction.Update(zurich, []firestore.Update{{Path: "people", Value: before + 1}})
	}))
	fmt.Println("transaction", before, must(zurich.Get(ctx)).Data()["people"])
	batch := client.Batch().Set(cities.Doc("geneva"), fields{"people": 200}).Delete(cities.Doc("basel"))
	must(batch.Commit(ctx))
	fmt.Println("batch", ids(must(cities.Documents(ctx).GetAll())))
	writer := client.BulkWriter(ctx)
	written := must(writer.Set(cities.Doc("lausanne"), fields{"people": 140}))
	refused := must(writer.Create(cities.Doc("bern"), fields{"people": 1}))
	writer.End()
	must(written.Results())
	_, err := refused.Results()
	showRefusal("batchWrite", err)
}

func callLists(ctx context.Context, client *firestore.Client) {
	names := ""
	for _, each := range must(cities.DocumentRefs(ctx).GetAll()) {
		names += "," + each.ID
	}
	fmt.Println("listDocuments", names[1:])
	must(zurich.Collection("districts").Doc("1").Set(ctx, fields{}))
	root, below := must(client.Collections(ctx).GetAll()), must(zurich.Collections(ctx).GetAll())
	fmt.Println("listCollections", root[0].ID, below[0].ID)
}

func listen(ctx context.Context) {
	kinds := map[firestore.DocumentChangeKind]string{firestore.DocumentAdded: "added", firestore.DocumentModified: "modified"}
	snapshots := cities.Where("people", ">", 300).Snapshots(ctx)
	defer snapshots.Stop()
	for range 2 {
		change := must(snapshots.Next()).Changes[0]
		fmt.Println("listen", kinds[change.Kind], change.Doc.Ref.ID, change.Doc.Data()["people"])
		must(zurich.Update(ctx, []firestore.Update{{Path: "people", Value: 462}}))
	}
}

func showCity(ctx context.Context, method string) fields {
	found := must(zurich.Get(ctx)).Data()
	var km2 any = "-"
	if area, ok := found["area"].(fields); ok {
		km2 = area["km2"]
	}
	fmt.Println(method, found["name"], found["people"], km2)
	return found
}

func showRefusal(method string, err error) {
	fmt.Println(method, code.Code(status.Code(err)))
}

func ids(documents []*firestore.DocumentSnapshot) string {
	var names []string
	for _, each := range documents {
		names = append(names, each.Ref.ID)
	}
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
